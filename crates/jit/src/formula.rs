//! A text and its arrays as a kernel: compiled once, and then any technique may hand out its pieces.

use crate::kept::Kept;
use crate::{Backend, Compiled, Element, Error, Isa};
use parallax_pattern::Answer;
use parallax_pattern::Map;
use parallax_suite::workload::{Comparison, Expression, Workload};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::sync::Arc;

/// An expression over the arrays of a workload, ready for evaluation.
///
/// It is sent as what it was made from, and compiled again on the other side: machine code of one process
/// is of no use in another.
pub struct Formula<W> {
    work: Arc<W>,
    backend: Backend,
    isa: Isa,
    compiled: Arc<Compiled>,
}

/// A workload that is an expression over arrays.
pub trait Written: Workload + Map<Item: Element> {
    /// The expression.
    fn text(&self) -> &str;
    /// The arrays by the names that it gives them.
    fn arrays(&self) -> Vec<(&str, &[f64])>;
}

impl<W: Written> Map for Formula<W> {
    type Item = W::Item;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn fill(&self, start: usize, out: &mut [W::Item]) {
        let mut evaluate = || self.compiled.bind(&self.work.arrays())?.fill(start, out);
        evaluate().expect("the arrays were bound once before");
    }
}

impl Written for Expression {
    fn text(&self) -> &str {
        self.source()
    }
    fn arrays(&self) -> Vec<(&str, &[f64])> {
        self.arguments()
    }
}

impl Written for Comparison {
    fn text(&self) -> &str {
        self.source()
    }
    fn arrays(&self) -> Vec<(&str, &[f64])> {
        self.arguments()
    }
}

/// Makes formulas in one way, and each text only once.
pub(crate) struct Compiler {
    backend: Backend,
    isa: Isa,
    known: Kept<String, Compiled>,
}

impl Compiler {
    pub(crate) fn new(backend: Backend) -> Answer<Self> {
        Ok(Self { backend, isa: Isa::detect()?, known: Kept::new() })
    }

    pub(crate) fn formula<W: Written>(&self, work: &Arc<W>) -> Answer<Formula<W>> {
        let compiled =
            self.known.get(work.text().to_owned(), |text| compile(text, self.backend, self.isa))?;
        compiled.bind(&work.arrays())?;
        Ok(Formula { work: work.clone(), backend: self.backend, isa: self.isa, compiled })
    }

    pub(crate) fn isa(&self) -> Isa {
        self.isa
    }
}

fn compile(text: &str, backend: Backend, isa: Isa) -> Result<Compiled, Error> {
    crate::Expression::parse(text)?.compile_for(backend, isa)
}

impl<W: Written> Serialize for Formula<W> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (self.backend, self.isa, &*self.work).serialize(to)
    }
}

impl<'de, W: Written> Deserialize<'de> for Formula<W> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (backend, isa, work) = <(Backend, Isa, W)>::deserialize(from)?;
        let compiled = compile(work.text(), backend, isa).map_err(D::Error::custom)?;
        compiled.bind(&work.arrays()).map_err(D::Error::custom)?;
        Ok(Self { work: Arc::new(work), backend, isa, compiled: Arc::new(compiled) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_suite::workload::{Params, Size};

    #[test]
    fn a_text_is_compiled_once_and_others_beside_it() {
        let compiler = Compiler::new(Backend::Native).unwrap();
        let work = |case| Arc::new(Expression::make(Params { case, ..Params::of(Size::Tiny) }));
        let [first, again, other] = [work(1), work(1), work(2)].map(|work| compiler.formula(&work).unwrap());
        assert!(Arc::ptr_eq(&first.compiled, &again.compiled));
        assert!(!Arc::ptr_eq(&first.compiled, &other.compiled));
    }

    #[test]
    fn what_is_sent_gives_the_same_on_the_other_side() {
        for backend in Backend::ALL {
            let work = Arc::new(Expression::make(Params { case: 4, variant: 2, ..Params::of(Size::Tiny) }));
            let formula = Compiler::new(backend).unwrap().formula(&work).unwrap();
            let sent = serde_json::to_string(&formula).unwrap();
            let back: Formula<Expression> = serde_json::from_str(&sent).unwrap();
            let (mut here, mut there) = (work.output(), work.output());
            formula.fill(0, &mut here);
            back.fill(0, &mut there);
            assert_eq!(here[..], there[..], "{backend:?}");
            assert_eq!(back.backend, backend);
            work.check(&there, work.expected()).unwrap();
        }
    }
}
