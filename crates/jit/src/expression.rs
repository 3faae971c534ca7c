//! From a text to code that runs: parse once, compile once, evaluate over any arrays.

use std::sync::Mutex;

use crate::backend::Engine;
use crate::backend::blocked::Blocked;
use crate::backend::native::Native;
use crate::backend::unfused::Unfused;
use crate::backend::walk::Walk;
use crate::compiled::Compiled;
use crate::parse::parse;
use crate::program::Program;
use crate::tree::Tree;
use crate::{Error, Isa, Kind};

/// An expression over arrays, read from a text.
///
/// It may have numbers (`1`, `.25`, `1e-3`), names of arrays, `+ - * / **`, signs, parentheses, the comparisons
/// `< <= > >= == !=`, `& | ~` between them, and `sin cos log exp sqrt abs min max where`. Precedence is Python's: `**`
/// associates to the right and binds tighter than a sign before it, and `&` and `|` bind tighter than a comparison,
/// which therefore needs parentheses. Comparisons do not chain. A whole number that `f64` cannot represent is an error.
///
/// ```
/// use parallax_jit::Expression;
///
/// let (a, b) = (vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0]);
/// let mut out = vec![0.0; 3];
/// Expression::parse("2*a + 3*b")?.compile()?.eval(&[&a, &b], &mut out)?;
/// assert_eq!(out, [14.0, 19.0, 24.0]);
/// # Ok::<(), parallax_jit::Error>(())
/// ```
///
/// A comparison results in booleans, and so do comparisons joined by `&`, `|` and `~`:
///
/// ```
/// # use parallax_jit::Expression;
/// let mut out = [false; 3];
/// Expression::parse("(x**2 > 3) & ~(x < 0)")?.compile()?.eval(&[&[1.0, 2.0, -3.0]], &mut out)?;
/// assert_eq!(out, [false, true, false]);
/// # Ok::<(), parallax_jit::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Expression {
    tree: Tree,
}

impl Expression {
    /// Reads an expression, in time linear in its length.
    ///
    /// # Errors
    ///
    /// The error has the column and the tokens that are allowed there. A text is at most 64 KiB long, has at most
    /// 4096 numbers, names and operations, and nests at most 200 deep, which bounds the time for hostile texts.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Ok(Self { tree: parse(text)? })
    }

    /// The names of the arrays that it reads, in the order in which they first appear, which is the order that
    /// [`Compiled::eval`] takes.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.tree.names.iter().map(String::as_str)
    }

    /// The kind of its results.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.tree.result()
    }

    /// Compiles it to machine code, with the instructions that [`Isa::detect`] finds.
    ///
    /// That takes one to two tenths of a millisecond, and more for a long expression. For fewer than some hundred
    /// thousand elements in all, [`Backend::Blocked`] finishes sooner.
    ///
    /// # Errors
    ///
    /// [`Error::Isa`] if `PARALLAX_ISA` is set and unknown, [`Error::Codegen`] if Cranelift refuses.
    pub fn compile(&self) -> Result<Compiled, Error> {
        self.compile_for(Backend::Native, Isa::detect()?)
    }

    /// Makes it ready for evaluation by a backend, with given instructions.
    ///
    /// # Errors
    ///
    /// [`Error::Codegen`] if Cranelift refuses.
    pub fn compile_for(&self, backend: Backend, isa: Isa) -> Result<Compiled, Error> {
        let tree = self.tree.clone();
        let engine: Box<dyn Engine> = match backend {
            Backend::Walk => Box::new(Walk { tree }),
            Backend::Unfused => Box::new(Unfused { tree, isa, spare: Mutex::default() }),
            Backend::Blocked => Box::new(Blocked::new(Program::new(&tree), isa)),
            Backend::Native => Box::new(Native::new(&Program::new(&tree), isa)?),
        };
        Ok(Compiled::new(self.tree.names.clone(), self.kind(), engine))
    }
}

/// A way to evaluate an expression.
///
/// All compute the same bits wherever the operations are exact or rounded once, which is everywhere except in
/// `sin`, `cos`, `log` and `exp`: [`Backend::Walk`] takes those from the standard library, the others from
/// [`parallax_simd::math`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Walks over the tree for each element: the reference.
    Walk,
    /// One operation at a time over whole arrays, each into a new array, as NumPy does: the baseline.
    Unfused,
    /// One operation at a time over blocks that stay in the cache, as numexpr does; ready in two microseconds.
    Blocked,
    /// Machine code, made by Cranelift: all arithmetic in one loop (in several where it is long), in vectors of
    /// 128 bits, since Cranelift has no longer ones. Operations that profit from longer ones (functions,
    /// quotients, roots) are called for a block at a time.
    Native,
}

impl Backend {
    /// All backends, the slowest first.
    pub const ALL: [Self; 4] = [Self::Walk, Self::Unfused, Self::Blocked, Self::Native];
}
