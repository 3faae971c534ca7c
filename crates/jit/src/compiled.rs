//! An expression that is ready to run: its arrays are checked once, then any thread can evaluate any part of them.

#![expect(unsafe_code, reason = "the bytes of booleans are written as bytes")]

use std::{fmt, slice};

use crate::backend::{Engine, Out};
use crate::error::shortened;
use crate::{Error, Kind};
use parallax_simd::lanes::Stores;

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

    /// Evaluates it for every element of its arrays, in the order of [`variables`](Self::variables).
    ///
    /// ```
    /// use parallax_jit::Expression;
    ///
    /// let (mass, height) = ([60.0, 81.0], [1.60, 1.80]);
    /// let index = Expression::parse("mass / height**2")?.compile()?;
    /// let mut out = [0.0; 2];
    /// index.eval(&[&mass, &height], &mut out)?;
    /// assert!((out[1] - 25.0f64).abs() < 1e-9);
    /// # Ok::<(), parallax_jit::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there are more or fewer arrays than variables, if lengths differ, or if the output has the wrong kind.
    pub fn eval<T: Element>(&self, arrays: &[&[f64]], out: &mut [T]) -> Result<(), Error> {
        self.bind(arrays)?.whole(out)
    }

    /// The same for arrays that are found by their names; names that it does not read are ignored. So a program can
    /// offer all its arrays to any text.
    ///
    /// ```
    /// use parallax_jit::Expression;
    ///
    /// let columns: [(&str, &[f64]); 3] = [("x", &[1.0, 2.0]), ("y", &[3.0, 4.0]), ("z", &[5.0, 6.0])];
    /// let mut out = [0.0; 2];
    /// Expression::parse("z - x")?.compile()?.eval_by_name(&columns, &mut out)?;
    /// assert_eq!(out, [4.0, 4.0]);
    /// # Ok::<(), parallax_jit::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If an array is missing, if lengths differ, or if the output has the wrong kind.
    pub fn eval_by_name<T: Element>(&self, arrays: &[(&str, &[f64])], out: &mut [T]) -> Result<(), Error> {
        self.bind_by_name(arrays)?.whole(out)
    }

    /// Checks the arrays once, for evaluation in parts; they are in the order of [`variables`](Self::variables).
    ///
    /// # Errors
    ///
    /// If there are more or fewer arrays than variables, or if lengths differ.
    pub fn bind<'a>(&'a self, arrays: &[&'a [f64]]) -> Result<Bound<'a>, Error> {
        if arrays.len() != self.names.len() {
            return Err(Error::Count { got: arrays.len(), names: self.names.clone() });
        }
        let want = arrays.first().map_or(0, |first| first.len());
        for (name, array) in self.names.iter().zip(arrays) {
            match (array.len(), want) {
                (got, want) if got == want => {}
                (1, want) => return Err(Error::Single { name: shortened(name), want }),
                (got, 1) => return Err(Error::Single { name: shortened(&self.names[0]), want: got }),
                (got, want) => return Err(Error::Length { name: shortened(name), got, want }),
            }
        }
        let length = arrays.first().map(|first| first.len());
        Ok(Bound { compiled: self, inputs: arrays.to_vec(), length })
    }

    /// The same for arrays that are found by their names; names that it does not read are ignored.
    ///
    /// # Errors
    ///
    /// If an array is missing, or if lengths differ.
    pub fn bind_by_name<'a>(&'a self, arrays: &[(&str, &'a [f64])]) -> Result<Bound<'a>, Error> {
        let named = |name: &String| match arrays.iter().find(|(given, _)| given == name) {
            Some((_, array)) => Ok(*array),
            None => Err(Error::Missing { name: shortened(name), names: self.names.clone() }),
        };
        let inputs: Vec<&[f64]> = self.names.iter().map(named).collect::<Result<_, _>>()?;
        self.bind(&inputs)
    }

    /// The names of the arrays that it reads, in the order in which they first appear in the text.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The kind of its results.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

impl fmt::Debug for Compiled {
    /// Leaves out the backend's output, which is machine code or thousands of steps.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Compiled");
        fields.field("names", &self.names).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// An expression and the arrays that it reads.
///
/// ```
/// use parallax_jit::Expression;
///
/// let x: Vec<f64> = (0..1000).map(f64::from).collect();
/// let formula = Expression::parse("x*x - 1")?.compile()?;
/// let bound = formula.bind(&[&x])?;
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
#[derive(Debug)]
pub struct Bound<'a> {
    compiled: &'a Compiled,
    inputs: Vec<&'a [f64]>,
    length: Option<usize>,
}

impl Bound<'_> {
    /// Evaluates the elements from `start` on, as many as `out` holds. Any split computes the same bits.
    ///
    /// An expression without variables has no last element.
    ///
    /// # Errors
    ///
    /// If the arrays end before, or if the output has the wrong kind.
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
        let stores = Stores::for_output(self.length.unwrap_or(out.len()));
        self.compiled.engine.fill(&inputs, T::out(out), stores);
        Ok(())
    }

    /// The length of the arrays; `None` if the expression reads none.
    #[must_use]
    pub fn length(&self) -> Option<usize> {
        self.length
    }

    fn whole<T: Element>(&self, out: &mut [T]) -> Result<(), Error> {
        match self.length {
            Some(want) if want != out.len() => {
                Err(Error::Length { name: "the output".to_owned(), got: out.len(), want })
            }
            _ => self.fill(0, out),
        }
    }
}

/// The elements of an output: `f64` for numbers, `bool` or a byte (1 is true, 0 is false) for the results of
/// comparisons.
#[expect(private_bounds, reason = "no other type can be one")]
pub trait Element: Sealed {
    /// The kind of expression with this result.
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
