//! A map of reductions: each worker makes every `n`th piece of the outer items, each of them by itself.

use super::piece;
use crate::timely::parcel::{Mail, Part, Post, Then};
use crate::timely::place::{self, Told};
use parallax_pattern::{Nest, Wire, make_item};
use parallax_processes::remote::Packed;
use std::sync::Arc;

pub(in crate::timely) fn begin<N: Nest<Item: Wire> + Wire>(told: Told) -> Result<(), String> {
    place::begin(&told, |work: Arc<N>, place| Making { work, size: told.size, next: place.me })
}

struct Making<N> {
    work: Arc<N>,
    size: usize,
    next: usize,
}

impl<N: Nest<Item: Wire> + Wire> Part for Making<N> {
    fn go_on(&mut self, _: &mut Mail, post: &mut Post) -> Result<Then, String> {
        let Some(outers) = piece(self.work.shape().0, self.size, self.next) else { return Ok(Then::Done) };
        let items = outers.map(|outer| make_item(&*self.work, outer)).collect();
        post.result(self.next as u64, Packed(items))?;
        self.next += post.peers;
        Ok(if piece(self.work.shape().0, self.size, self.next).is_some() { Then::Again } else { Then::Done })
    }
}
