//! A map: each worker fills every `n`th piece and sends it off, so that none of them is left with all the slow ones.

use super::piece;
use crate::timely::parcel::{Mail, Part, Post, Then};
use crate::timely::place::{self, Told};
use parallax_pattern::{Map, Wire};
use parallax_processes::remote::Packed;
use std::sync::Arc;

pub(in crate::timely) fn begin<M: Map<Item: Wire> + Wire>(told: Told) -> Result<(), String> {
    place::begin(&told, |work: Arc<M>, place| Filling { work, size: told.size, next: place.me })
}

struct Filling<M> {
    work: Arc<M>,
    size: usize,
    next: usize,
}

impl<M: Map<Item: Wire> + Wire> Part for Filling<M> {
    fn go_on(&mut self, _: &mut Mail, post: &mut Post) -> Result<Then, String> {
        let Some(items) = piece(self.work.len(), self.size, self.next) else { return Ok(Then::Done) };
        let mut part = vec![M::Item::default(); items.len()];
        self.work.fill(items.start, &mut part);
        post.result(self.next as u64, Packed(part))?;
        self.next += post.peers;
        Ok(if piece(self.work.len(), self.size, self.next).is_some() { Then::Again } else { Then::Done })
    }
}
