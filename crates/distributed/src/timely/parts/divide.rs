//! Divide and conquer: each worker solves its block by itself and sends it off.

use super::piece;
use crate::timely::parcel::{Mail, Part, Post, Then};
use crate::timely::place::{self, Told};
use parallax_pattern::{Divide, Wire};
use parallax_processes::remote::Packed;
use std::sync::Arc;

pub(in crate::timely) fn begin<D: Divide<Item: Wire> + Wire>(told: Told) -> Result<(), String> {
    place::begin(&told, |work: Arc<D>, _| Solving { work, size: told.size })
}

struct Solving<D> {
    work: Arc<D>,
    size: usize,
}

impl<D: Divide<Item: Wire> + Wire> Part for Solving<D> {
    fn go_on(&mut self, _: &mut Mail, post: &mut Post) -> Result<Then, String> {
        if let Some(items) = piece(self.work.len(), self.size, post.me) {
            let mut block = vec![D::Item::default(); items.len()];
            self.work.solve(items.start, &mut block);
            post.result(post.me as u64, Packed(block))?;
        }
        Ok(Then::Done)
    }
}
