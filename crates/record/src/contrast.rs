//! A contrast reads the same from either side: its two cells have no fixed order.

use crate::summary::Contrast;

impl Contrast {
    /// Whether it compares the same two cells as another one, in either order.
    pub fn has_pair_of(&self, other: &Contrast) -> bool {
        let Contrast { workload, case, size, workers, a, b, .. } = other;
        (workload, case, *size, *workers) == (&self.workload, &self.case, self.size, self.workers)
            && self.is_of(a, b)
    }

    /// Whether these are its techniques, in either order.
    pub fn is_of(&self, one: &str, other: &str) -> bool {
        (&*self.a, &*self.b) == (one, other) || (&*self.b, &*self.a) == (one, other)
    }

    /// The contrast of `b` over `a`. An interval that reaches down to 0 has no upper end then.
    pub fn turned(&self) -> Contrast {
        let inverse = |end: Option<f64>| end.map(|end| 1.0 / end).filter(|end| end.is_finite());
        Contrast {
            a: self.b.clone(),
            b: self.a.clone(),
            ratio: 1.0 / self.ratio,
            low: inverse(self.high),
            high: inverse(self.low),
            verdict: self.verdict.turned(),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_method::Verdict;
    use parallax_suite::Size;

    fn contrast() -> Contrast {
        Contrast {
            workload: "julia".into(),
            case: String::new(),
            size: Size::Small,
            workers: 2,
            a: "rayon".into(),
            b: "scoped".into(),
            blocks: 9,
            ratio: 2.0,
            low: Some(1.6),
            high: Some(2.5),
            verdict: Verdict::Faster,
            duel: false,
            payback: None,
        }
    }

    #[test]
    fn turned_twice_it_is_the_same() {
        let turned = contrast().turned();
        assert_eq!((&*turned.a, &*turned.b, turned.ratio), ("scoped", "rayon", 0.5));
        assert_eq!((turned.low, turned.high, turned.verdict), (Some(0.4), Some(0.625), Verdict::Slower));
        assert_eq!(turned.turned(), contrast());
        let open = Contrast { low: Some(0.0), verdict: Verdict::Undecided, ..contrast() }.turned();
        assert_eq!((open.low, open.high, open.verdict), (Some(0.4), None, Verdict::Undecided));
    }

    #[test]
    fn the_order_makes_no_other_pair_and_the_group_does() {
        assert!(contrast().has_pair_of(&contrast()) && contrast().has_pair_of(&contrast().turned()));
        for other in [
            Contrast { a: "pipes".into(), ..contrast() },
            Contrast { b: "rayon".into(), ..contrast() },
            Contrast { case: "skewed".into(), ..contrast() },
            Contrast { size: Size::Large, ..contrast() },
            Contrast { workers: 1, ..contrast() },
        ] {
            assert!(!contrast().has_pair_of(&other), "{other:?}");
        }
    }
}
