//! Memory that several processes map, and the types that keep their accesses to it correct.
//!
//! | | like | waits |
//! |---|---|---|
//! | [`Shared<T>`] | a `RefCell<[T]>` whose borrow flags lie in the memory too | never |
//! | [`Counters`] | a `Vec<AtomicU64>` | never |
//! | [`Pairs`] | a `Vec` of sequence locks around `[u64; 2]` | spins, then naps |
//! | [`Barrier`] | `std::sync::Barrier` | spins, then sleeps on a futex |
//! | [`Ring<T>`] | a bounded channel with one sender and one receiver; `Ring<u8>` a pipe | spins, then sleeps on a futex |
//!
//! All are made in one process, usually the parent, and reach the others as arguments: serialised, they
//! become the address under which the memory is found (`/proc/<pid>/fd/<n>`), not its contents. Nothing has a
//! name in the file system, so the memory disappears with the last process that maps it, however that ended.
//!
//! The process that made the memory must keep it until the others have mapped it. A pool keeps the arguments of a
//! task until the task is done, so clones can be given away; a result cannot bring memory from a worker. Between
//! tasks a worker keeps its mapping, so that the pages are not faulted in again; it unmaps it at its next
//! task once the maker has dropped its last clone.
//!
//! # Example
//!
//! ```
//! use parallax_processes::{Pool, shared::Shared};
//!
//! fn square(job: (Shared<f64>, usize)) {
//!     let (numbers, part) = job;
//!     for number in &mut *numbers.write(part..part + 1).unwrap() {
//!         *number *= *number;
//!     }
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     parallax_processes::init();
//!     let pool = Pool::builder().workers(2).build()?;
//!     let numbers = Shared::from_slice(&[1.0, 2.0, 3.0, 4.0, 5.0], 2)?; // parts of 2, 2 and 1
//!     pool.map(square, (0..numbers.parts()).map(|part| (numbers.clone(), part)))?;
//!     assert_eq!(numbers.read(..)?[..], [1.0, 4.0, 9.0, 16.0, 25.0]);
//!     Ok(())
//! }
//! ```

mod array;
mod barrier;
mod blob;
mod claims;
mod counters;
mod guard;
mod memory;
mod owner;
mod pairs;
mod region;
mod ring;
mod row;
mod shape;
mod waiting;

pub use array::Shared;
pub use barrier::{Barrier, Member};
pub use counters::Counters;
pub use guard::{Reading, Writing};
pub use pairs::{Pair, Pairs};
pub use ring::{Receiver, Ring, Sender};

pub(crate) use blob::Blob;
pub(crate) use memory::{Memory, Words};
pub(crate) use region::{Region, forget_closed, regions_in, take_refusal};
