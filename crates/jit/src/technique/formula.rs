//! The expression of a workload as a kernel: it is compiled once, and any technique may hand out its pieces.

use super::kept::Kept;
use crate::{Backend, Compiled, Element, Error, Isa};
use parallax_pattern::{Answer, Fill, Map};
use parallax_suite::workload::{Comparison, Expression, Workload};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// A workload that is an expression over arrays.
pub trait Written: Workload + Map<Item: Element> {
    /// The expression.
    fn text(&self) -> &str;
    /// The arrays, by their names in the expression.
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
        filled.expect("the arrays were checked before");
    }
}

/// Compiles formulas for one backend, and each text only once.
#[derive(Debug)]
pub(crate) struct Compiler {
    backend: Backend,
    isa: Isa,
    known: Kept<String, Compiled>,
    /// The time spent on reading and compiling texts, in nanoseconds.
    compiled_ns: AtomicU64,
}

impl Compiler {
    pub(crate) fn new(backend: Backend) -> Answer<Self> {
        Ok(Self { backend, isa: Isa::detect()?, known: Kept::new(), compiled_ns: AtomicU64::new(0) })
    }

    pub(crate) fn formula<W: Written>(&self, work: &W) -> Answer<Formula> {
        let compiled = self.known.get(work.text().to_owned(), |text| self.compile(text))?;
        compiled.bind_by_name(&work.arrays())?;
        Ok(Formula(compiled))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "how much of a run is compiling, beside a technique's time"
    )]
    fn compile(&self, text: &str) -> Result<Compiled, Error> {
        let began = Instant::now();
        let compiled = crate::Expression::parse(text)?.compile_for(self.backend, self.isa);
        let took_ns = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.compiled_ns.fetch_add(took_ns, Relaxed); // a sum that publishes no other data
        compiled
    }

    pub(crate) fn compiled_ns(&self) -> u64 {
        self.compiled_ns.load(Relaxed)
    }

    pub(crate) fn isa(&self) -> Isa {
        self.isa
    }
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
        let compiled_ns = compiler.compiled_ns();
        assert!(compiled_ns > 0);
        compiler.formula(&work(1)).unwrap();
        assert_eq!(compiler.compiled_ns(), compiled_ns, "it is compiled already");
        assert!(!Arc::ptr_eq(&first.0, &other.0));
    }
}
