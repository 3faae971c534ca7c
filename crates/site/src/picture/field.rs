//! Images of fields of values: each is computed by the workload's own kernel, at a small size.

use anyhow::Result;
use parallax_pattern::{Map, Stencil};
use parallax_suite::workload::{Heat, Julia, Pairwise};
use parallax_suite::{Params, Size, Workload};

/// An image of a workload.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) shows: &'static str,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Values from 0 to 1, by rows.
    values: fn() -> Vec<f64>,
}

/// All images.
pub(super) const FIELDS: [Field; 4] = [
    Field {
        name: "julia",
        shows: "How many steps each point of the plane takes to escape: bright is many. Neighbouring rows differ a hundredfold in cost, so equal shares are not equal work.",
        width: 251,
        height: 251,
        values: julia,
    },
    Field {
        name: "heat",
        shows: "The torus before the first step and after the last: every cell needs its four neighbours, so every step ends with a barrier.",
        width: 520,
        height: 256,
        values: heat,
    },
    Field {
        name: "expression",
        shows: "cos(x² + y²) / (1 + x² + y²), one of the expressions that arrive as text: it is compiled at run time, or interpreted pass by pass.",
        width: 301,
        height: 301,
        values: expression,
    },
    Field {
        name: "pairwise",
        shows: "The distance of every point to every other: bright is far. The diagonal is zero, and one half of the matrix mirrors the other.",
        width: 256,
        height: 256,
        values: pairwise,
    },
];

impl Field {
    /// The image as a PNG file.
    pub(super) fn png(&self) -> Result<Vec<u8>> {
        let pixels: Vec<u8> = (self.values)().into_iter().flat_map(colour).collect();
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&pixels)?;
        writer.finish()?;
        Ok(file)
    }
}

/// Nearly the colour map Cividis: from dark blue to yellow, rising in brightness, also for colour-blind readers.
fn colour(value: f64) -> [u8; 3] {
    const STOPS: [[f64; 3]; 5] = [
        [0.0, 32.0, 77.0],
        [65.0, 77.0, 107.0],
        [124.0, 123.0, 120.0],
        [188.0, 175.0, 111.0],
        [255.0, 234.0, 70.0],
    ];
    let at = value.clamp(0.0, 1.0) * 4.0;
    let below = (at.floor() as usize).min(3);
    let part = at - below as f64;
    std::array::from_fn(|k| (STOPS[below][k] + (STOPS[below + 1][k] - STOPS[below][k]) * part) as u8)
}

fn julia() -> Vec<f64> {
    let work = Julia::make(Params::of(Size::Small));
    let mut counts = vec![0; work.len()];
    work.fill(0, &mut counts);
    counts.iter().map(|&count| (1.0 + f64::from(count)).ln() / 301f64.ln()).collect()
}

fn heat() -> Vec<f64> {
    let work = Heat::make(Params::of(Size::Small));
    let side = work.side();
    let (before, mut old) = (work.initial().to_vec(), work.initial().to_vec());
    let mut new = vec![0.0; old.len()];
    for _ in 0..work.steps() {
        work.step(&old, 0, &mut new);
        std::mem::swap(&mut old, &mut new);
    }
    let row =
        |from: &[f64], row: usize| from[row * side..][..side].iter().map(|u| u / 2.0).collect::<Vec<f64>>();
    (0..side).flat_map(|at| [row(&before, at), vec![0.5; 520 - 2 * side], row(&old, at)].concat()).collect()
}

fn expression() -> Vec<f64> {
    let at = |k: usize| -3.0 + 6.0 * k as f64 / 300.0;
    let value = |x: f64, y: f64| (x * x + y * y).cos() / (1.0 + x * x + y * y);
    (0..301 * 301).map(|k| (value(at(k % 301), at(k / 301)) + 0.35) / 1.35).collect()
}

fn pairwise() -> Vec<f64> {
    let work = Pairwise::make(Params::of(Size::Tiny));
    let mut distances = vec![0.0; work.len()];
    work.fill(0, &mut distances);
    let side = (distances.len() as f64).sqrt() as usize;
    (0..256 * 256).map(|k| distances[k / 256 / (256 / side) * side + k % 256 / (256 / side)] / 1.5).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_fills_its_image_and_is_no_single_colour() {
        for field in &FIELDS {
            let values = (field.values)();
            assert_eq!(values.len(), (field.width * field.height) as usize, "{}", field.name);
            let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
            assert!(high - low > 0.3, "{}: {low} to {high}", field.name);
        }
    }

    #[test]
    fn brightness_rises() {
        let bright = |value| colour(value).iter().map(|&c| u32::from(c)).sum::<u32>();
        assert!((0..10).all(|k| bright(f64::from(k) / 10.0) < bright(f64::from(k + 1) / 10.0)));
    }
}
