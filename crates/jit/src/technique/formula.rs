//! The text of a workload as a kernel: compiled once, and then any technique may hand out its pieces.

use super::kept::Kept;
use crate::{Backend, Compiled, Element, Error, Isa};
use parallax_pattern::{Answer, Fill, Map};
use parallax_suite::workload::{Comparison, Expression, Workload};
use std::sync::Arc;

/// A workload that is an expression over arrays.
pub trait Written: Workload + Map<Item: Element> {
    /// The expression.
    fn text(&self) -> &str;
    /// The arrays by the names that it gives them.
    fn arrays(&self) -> Vec<(&str, &[f64])>;
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

/// A text that is ready for evaluation.
#[derive(Debug, Clone)]
pub struct Formula(Arc<Compiled>);

impl<W: Written> Fill<W> for Formula {
    const SOURCE: &'static str = file!();
    fn fill(&self, work: &W, start: usize, out: &mut [W::Item]) {
        let filled = self.0.bind_by_name(&work.arrays()).and_then(|bound| bound.fill(start, out));
        filled.expect("the arrays were bound once before");
    }
}

/// Makes formulas in one way, and each text only once.
#[derive(Debug)]
pub(crate) struct Compiler {
    backend: Backend,
    isa: Isa,
    known: Kept<String, Compiled>,
}

impl Compiler {
    pub(crate) fn new(backend: Backend) -> Answer<Self> {
        Ok(Self { backend, isa: Isa::detect()?, known: Kept::new() })
    }

    pub(crate) fn formula<W: Written>(&self, work: &W) -> Answer<Formula> {
        let compiled =
            self.known.get(work.text().to_owned(), |text| compile(text, self.backend, self.isa))?;
        compiled.bind_by_name(&work.arrays())?;
        Ok(Formula(compiled))
    }

    pub(crate) fn isa(&self) -> Isa {
        self.isa
    }
}

fn compile(text: &str, backend: Backend, isa: Isa) -> Result<Compiled, Error> {
    crate::Expression::parse(text)?.compile_for(backend, isa)
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_suite::workload::{Params, Size};

    #[test]
    fn a_text_is_compiled_once_and_others_beside_it() {
        let compiler = Compiler::new(Backend::Native).unwrap();
        let work = |case| Expression::make(Params { case, ..Params::of(Size::Tiny) });
        let [first, again, other] = [work(1), work(1), work(2)].map(|work| compiler.formula(&work).unwrap());
        assert!(Arc::ptr_eq(&first.0, &again.0));
        assert!(!Arc::ptr_eq(&first.0, &other.0));
    }
}
