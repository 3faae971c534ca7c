//! A sweep: an array updated in place, step by step, each item by itself.
//!
//! Replace `Orbits` with your own work: the type of an item, the numbers of items and of steps (`len`, `steps`), and
//! what one step does to a piece of the array (`step`). All pieces end a step before the next begins.

use parallax::prelude::*;

/// Bodies that circle a sun and do not see each other.
struct Orbits {
    bodies: usize,
}

/// Place and speed of a body.
type Body = ([f64; 2], [f64; 2]);

impl Sweep for Orbits {
    type Item = Body;

    fn len(&self) -> usize {
        self.bodies
    }

    fn steps(&self) -> usize {
        100
    }

    /// The kernel: one step of the bodies in `part`, the first of which is body `start`.
    fn step(&self, _start: usize, part: &mut [Body]) {
        for (place, speed) in part {
            let distance = place[0].hypot(place[1]);
            let pull = -1.0 / distance.powi(3);
            for axis in 0..2 {
                speed[axis] += 1e-3 * pull * place[axis];
                place[axis] += 1e-3 * speed[axis];
            }
        }
    }
}

fn main() -> ExitCode {
    // Each body has the same bits in every technique, so results must equal those of one thread exactly.
    parallax::bench("sweep-example", || Orbits { bodies: 20_000 })
        .begin_with(|orbits| (0..orbits.bodies).map(|i| ([1.0 + i as f64 / 1e4, 0.0], [0.0, 1.0])).collect())
        .main()
}
