//! Logarithmic axes, and places for words at which none hides a point or another word.

/// A logarithmic axis.
pub(super) struct Log {
    pub(super) low: f64,
    high: f64,
    /// Where both lie in the picture.
    ends: (f64, f64),
}

/// More ticks than this would run into each other.
const MOST_TICKS: i32 = 7;

impl Log {
    /// From `margin` times below the least of these, which are above 0, to as much above the largest.
    pub(super) fn around(values: &[f64], margin: f64, ends: (f64, f64)) -> Self {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min) / margin;
        let high = values.iter().copied().fold(low, f64::max) * margin;
        Log { low, high, ends }
    }

    pub(super) fn at(&self, value: f64) -> f64 {
        let share = (value / self.low).ln() / (self.high / self.low).ln();
        self.ends.0 + share * (self.ends.1 - self.ends.0)
    }

    /// Powers of ten of a unit, with where each lies.
    pub(super) fn ticks(&self, unit: f64) -> Vec<(f64, String)> {
        let [first, last] = [self.low / unit, self.high / unit].map(f64::log10);
        let (first, last) = (first.ceil() as i32, last.floor() as i32);
        let step = 1 + (last - first).max(0) / MOST_TICKS;
        let word = |power: i32| match power {
            -3..=4 => format!("1e{power}").parse::<f64>().unwrap_or(1.0).to_string(),
            _ => format!("1e{power}"),
        };
        let powers = (first..=last).step_by(step.unsigned_abs() as usize);
        powers.map(|power| (self.at(unit * 10f64.powi(power)), word(power))).collect()
    }
}

/// How high a line of words is, and how far words stand from their point.
const LINE: f64 = 13.0;
const APART: f64 = 8.0;

/// What is drawn already, as boxes: left, top, right, bottom.
pub(super) struct Taken {
    width: f64,
    boxes: Vec<[f64; 4]>,
}

impl Taken {
    /// The points of a picture.
    pub(super) fn new(width: f64, points: &[(f64, f64)]) -> Self {
        let boxes = points.iter().map(|(x, y)| [x - 5.0, y - 5.0, x + 5.0, y + 5.0]).collect();
        Taken { width, boxes }
    }

    /// Takes the place of words that end at `at`.
    pub(super) fn take(&mut self, at: (f64, f64), room: f64) -> (f64, f64) {
        self.boxes.push(ending(at, room));
        at
    }

    /// Where words stand over a place of a line: a line of words higher if others stand there.
    pub(super) fn above(&mut self, x: f64, y: f64, room: f64) -> (f64, f64) {
        let x = x.clamp(room / 2.0, self.width - room / 2.0);
        let of = |y: f64| ending((x + room / 2.0, y), room);
        let places = [y, y - LINE].map(of);
        let free = places.iter().position(|place| self.is_free(place)).unwrap_or(1);
        self.boxes.push(places[free]);
        (x, y - LINE * free as f64)
    }

    /// Where words stand beside a point: at its right if nothing is there, else at its left, above or below it.
    pub(super) fn beside(&mut self, (x, y): (f64, f64), room: f64) -> (&'static str, (f64, f64)) {
        let half = room / 2.0;
        let middle = x.clamp(half, (self.width - half).max(half));
        let places = [
            ("start", (x + APART, y + 4.0), x + APART + room),
            ("end", (x - APART, y + 4.0), x - APART),
            ("middle", (middle, y - APART - 2.0), middle + half),
            ("middle", (middle, y + APART + LINE - 3.0), middle + half),
        ];
        let taken = |(_, (_, y), end): &(&str, (f64, f64), f64)| ending((*end, *y), room);
        let inside = |of: &[f64; 4]| of[0] >= 0.0 && of[2] <= self.width;
        let free = places.iter().find(|place| inside(&taken(place)) && self.is_free(&taken(place)));
        let chosen =
            free.or_else(|| places.iter().rfind(|place| inside(&taken(place)))).unwrap_or(&places[3]);
        let (anchor, place) = (chosen.0, chosen.1);
        self.boxes.push(taken(chosen));
        (anchor, place)
    }

    fn is_free(&self, place: &[f64; 4]) -> bool {
        self.boxes
            .iter()
            .all(|of| place[0] >= of[2] || of[0] >= place[2] || place[1] >= of[3] || of[1] >= place[3])
    }
}

/// The box of words that end at a place of their base line.
fn ending((x, y): (f64, f64), room: f64) -> [f64; 4] {
    [x - room, y - LINE + 3.0, x, y + 3.0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_is_as_long_everywhere_and_ticks_are_few() {
        let axis = Log::around(&[0.1, 100.0], 2.0, (0.0, 300.0));
        assert!((axis.at(1.0) - axis.at(0.1) - (axis.at(100.0) - axis.at(10.0))).abs() < 1e-9);
        let words: Vec<String> = axis.ticks(1.0).into_iter().map(|(_, word)| word).collect();
        assert_eq!(words, ["0.1", "1", "10", "100"]);
        let wide = Log::around(&[1e-18, 1e18], 2.0, (300.0, 0.0)).ticks(1e9);
        assert!((2..=8).contains(&wide.len()), "{wide:?}");
        assert!(wide.iter().all(|(at, _)| (0.0..=300.0).contains(at)) && wide.is_sorted_by(|a, b| a.0 > b.0));
    }

    #[test]
    fn words_find_a_place_beside_their_point() {
        let points = [(100.0, 100.0), (112.0, 100.0), (375.0, 50.0), (3.0, 50.0)];
        let mut taken = Taken::new(380.0, &points);
        let anchors: Vec<&str> = points.iter().map(|at| taken.beside(*at, 60.0).0).collect();
        assert_eq!(anchors, ["end", "start", "end", "start"]);
        let mut crowd = Taken::new(380.0, &[(100.0, 100.0); 5]);
        let mut seen: Vec<(f64, f64)> = (0..4).map(|_| crowd.beside((100.0, 100.0), 60.0).1).collect();
        seen.dedup();
        assert_eq!(seen.len(), 4, "each has its own place");
        let (_, (x, _)) = crowd.beside((100.0, 100.0), 60.0);
        assert!((30.0..=350.0).contains(&x), "and what has none stays in the picture");
    }

    #[test]
    fn words_over_a_line_make_room_for_each_other() {
        let mut taken = Taken::new(380.0, &[]);
        assert_eq!(taken.above(50.0, 40.0, 20.0), (50.0, 40.0));
        assert_eq!(taken.above(60.0, 40.0, 20.0), (60.0, 27.0));
        assert_eq!(taken.above(379.0, 40.0, 20.0), (370.0, 40.0));
    }
}
