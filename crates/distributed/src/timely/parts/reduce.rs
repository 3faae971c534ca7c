//! A reduction: each worker folds every `n`th piece, and sends one value.

use super::piece;
use crate::timely::parcel::{Mail, Part, Post, Then};
use crate::timely::place::{self, Told};
use parallax_pattern::{Reduce, Wire};
use std::sync::Arc;

pub(in crate::timely) fn begin<R: Reduce<Acc: Wire> + Wire>(told: Told) -> Result<(), String> {
    place::begin(&told, |work: Arc<R>, place| {
        let acc = Some(work.empty());
        Folding { work, size: told.size, next: place.me, acc }
    })
}

struct Folding<R: Reduce> {
    work: Arc<R>,
    size: usize,
    next: usize,
    acc: Option<R::Acc>,
}

impl<R: Reduce<Acc: Wire> + Wire> Part for Folding<R> {
    fn go_on(&mut self, _: &mut Mail, post: &mut Post) -> Result<Then, String> {
        let Some(mut acc) = self.acc.take() else { return Ok(Then::Done) };
        match piece(self.work.len(), self.size, self.next) {
            Some(items) => {
                self.work.fold(&mut acc, items);
                self.acc = Some(acc);
                self.next += post.peers;
                Ok(Then::Again)
            }
            None => {
                post.result(post.me as u64, acc)?;
                Ok(Then::Done)
            }
        }
    }
}
