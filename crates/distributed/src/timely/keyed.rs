//! Tables with an owner for each key: the data of a key is sent to one worker, and no worker ever holds the whole
//! table.

use super::cluster::Call;
use super::parts::exchange;
use super::{PIECES, Timely};
use crate::Moment;
use parallax_pattern::{Answer, Reduce, Wire, whole_share};
use std::ops::Range;
use std::sync::Arc;

/// A reduction into a table, of which each worker can own some of the keys.
///
/// ```
/// use parallax_distributed::Keyed;
/// use parallax_pattern::Reduce;
/// use std::{collections::HashMap, ops::Range};
///
/// /// How often each number occurs.
/// struct Numbers(Vec<u64>);
///
/// impl Reduce for Numbers {
///     type Acc = HashMap<u64, u64>;
///     fn len(&self) -> usize { self.0.len() }
///     fn empty(&self) -> Self::Acc { HashMap::new() }
///     fn fold(&self, counts: &mut Self::Acc, items: Range<usize>) {
///         self.0[items].iter().for_each(|number| *counts.entry(*number).or_default() += 1);
///     }
///     fn merge(&self, counts: &mut Self::Acc, other: Self::Acc) {
///         other.into_iter().for_each(|(number, count)| *counts.entry(number).or_default() += count);
///     }
/// }
///
/// impl Keyed for Numbers {
///     fn deal(&self, items: Range<usize>, owners: &mut [Self::Acc]) {
///         for number in &self.0[items] {
///             let owner = *number as usize % owners.len();
///             *owners[owner].entry(*number).or_default() += 1;
///         }
///     }
/// }
///
/// let mut owners = [HashMap::new(), HashMap::new()];
/// Numbers(vec![3, 2, 3]).deal(0..3, &mut owners);
/// assert_eq!((owners[0][&2], owners[1][&3]), (1, 2));
/// ```
pub trait Keyed: Reduce {
    /// Folds each of `items` into the table of the one of `owners` that owns its key: the same one in every process.
    fn deal(&self, items: Range<usize>, owners: &mut [Self::Acc]);
}

impl Timely {
    /// Reduces to one table for each worker, with keys that are in no other. Each worker folds a piece, sends the
    /// others their keys, and goes on with the next piece.
    ///
    /// [`reduce`](parallax_pattern::Distribute::reduce) sends each table once, and the caller merges all of them: that
    /// is less to send and to do as long as the tables are small compared with the work. Here all workers share the
    /// merge.
    ///
    /// # Errors
    ///
    /// As for every call: a lost host, or data that cannot be sent.
    pub fn exchange<K: Keyed<Acc: Wire> + Wire>(&self, work: &Arc<K>) -> Answer<Vec<K::Acc>> {
        let began = Moment::now();
        let size = whole_share(work.len(), work.grain(), PIECES * self.workers);
        let mut tables: Vec<K::Acc> = (0..self.workers).map(|_| work.empty()).collect();
        let results = if work.len() == 0 { 0 } else { self.workers };
        let call = Call { began, begin: exchange::begin::<K>, work, size, inputs: Vec::new(), results };
        self.call(call, |owner, table| {
            *tables.get_mut(owner as usize).ok_or("a table of an unknown worker")? = table.read()?;
            Ok(())
        })?;
        Ok(tables)
    }
}
