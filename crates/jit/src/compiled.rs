//! Arrays are checked against an expression once; then any part of them can be evaluated, from any thread.

#![expect(unsafe_code, reason = "the bytes of booleans are written as bytes")]

use std::slice;

use crate::backend::{Engine, Out};
use crate::error::shortened;
use crate::{Error, Kind};

/// An expression that is ready for evaluation, from any number of threads.
pub struct Compiled {
    names: Vec<String>,
    kind: Kind,
    engine: Box<dyn Engine>,
}

impl Compiled {
    pub(crate) fn new(names: Vec<String>, kind: Kind, engine: Box<dyn Engine>) -> Self {
        Self { names, kind, engine }
    }

    /// Evaluates it for every element. Arrays that it does not read are ignored.
    ///
    /// # Errors
    ///
    /// If an array is missing, if lengths differ, or if the output is of the wrong kind.
    pub fn evaluate<T: Element>(&self, arrays: &[(&str, &[f64])], out: &mut [T]) -> Result<(), Error> {
        let bound = self.bind(arrays)?;
        match bound.length {
            Some(want) if want != out.len() => {
                Err(Error::Length { name: "the output".to_owned(), got: out.len(), want })
            }
            _ => bound.fill(0, out),
        }
    }

    /// Checks the arrays once, for evaluation in parts.
    ///
    /// # Errors
    ///
    /// If an array is missing or if lengths differ.
    pub fn bind<'a>(&'a self, arrays: &[(&str, &'a [f64])]) -> Result<Bound<'a>, Error> {
        let mut inputs: Vec<&[f64]> = Vec::with_capacity(self.names.len());
        for name in &self.names {
            let Some((_, array)) = arrays.iter().find(|(given, _)| given == name) else {
                return Err(Error::Missing { name: shortened(name), names: self.names.clone() });
            };
            let want = inputs.first().map_or(array.len(), |first| first.len());
            match (array.len(), want) {
                (got, want) if got == want => {}
                (1, want) => return Err(Error::Single { name: shortened(name), want }),
                (got, 1) => return Err(Error::Single { name: shortened(&self.names[0]), want: got }),
                (got, want) => return Err(Error::Length { name: shortened(name), got, want }),
            }
            inputs.push(array);
        }
        Ok(Bound { length: inputs.first().map(|first| first.len()), inputs, compiled: self })
    }

    /// What it gives.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

/// An expression and the arrays that it reads.
///
/// ```
/// use parallax_jit::Expression;
///
/// let x: Vec<f64> = (0..1000).map(f64::from).collect();
/// let compiled = Expression::parse("x*x - 1")?.compile()?;
/// let bound = compiled.bind(&[("x", &x)])?;
///
/// let mut out = vec![0.0; 1000];
/// std::thread::scope(|scope| {
///     for (part, out) in out.chunks_mut(300).enumerate() {
///         let bound = &bound;
///         scope.spawn(move || bound.fill(part * 300, out));
///     }
/// });
/// assert_eq!(out[999], 999.0 * 999.0 - 1.0);
/// # Ok::<(), parallax_jit::Error>(())
/// ```
pub struct Bound<'a> {
    compiled: &'a Compiled,
    inputs: Vec<&'a [f64]>,
    length: Option<usize>,
}

impl Bound<'_> {
    /// Evaluates the elements from `start` on, as many as `out` holds. Any split gives the same bits.
    ///
    /// An expression without variables has elements without end.
    ///
    /// # Errors
    ///
    /// If there are not so many elements, or if the output is of the wrong kind.
    pub fn fill<T: Element>(&self, start: usize, out: &mut [T]) -> Result<(), Error> {
        let end = start.saturating_add(out.len());
        if let Some(length) = self.length.filter(|length| end > *length) {
            return Err(Error::Range { start, end, length });
        }
        let kind = self.compiled.kind;
        if T::KIND != kind {
            return Err(Error::Output { kind });
        }
        let inputs: Vec<&[f64]> = self.inputs.iter().map(|input| &input[start..end]).collect();
        self.compiled.engine.fill(&inputs, T::out(out));
        Ok(())
    }

    /// How many elements the arrays have; `None` if the expression reads none.
    #[must_use]
    pub fn length(&self) -> Option<usize> {
        self.length
    }
}

/// What an output holds: `f64` for numbers, `bool` or a byte (1 is true, 0 is false) for the results of
/// comparisons.
#[expect(private_bounds, reason = "no other type can be one")]
pub trait Element: Sealed {
    /// The kind of expression that gives it.
    const KIND: Kind;
}

impl Element for f64 {
    const KIND: Kind = Kind::Number;
}

impl Element for bool {
    const KIND: Kind = Kind::Boolean;
}

impl Element for u8 {
    const KIND: Kind = Kind::Boolean;
}

trait Sealed: Sized {
    fn out(out: &mut [Self]) -> Out<'_>;
}

impl Sealed for f64 {
    fn out(out: &mut [Self]) -> Out<'_> {
        Out::Numbers(out)
    }
}

impl Sealed for bool {
    fn out(out: &mut [Self]) -> Out<'_> {
        // SAFETY: a boolean is a byte, 1 or 0, and an engine writes no other bytes.
        Out::Booleans(unsafe { slice::from_raw_parts_mut(out.as_mut_ptr().cast::<u8>(), out.len()) })
    }
}

impl Sealed for u8 {
    fn out(out: &mut [Self]) -> Out<'_> {
        Out::Booleans(out)
    }
}
