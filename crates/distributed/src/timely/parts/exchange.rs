//! A reduction by key: each worker deals every `n`th piece out to the owners of its keys, and merges what it receives.
//!
//! A piece is folded before it is sent, so a key that occurs a thousand times is sent once. All is done when no worker
//! has a piece any more and no table is on its way, which timely detects.

use super::piece;
use crate::timely::keyed::Keyed;
use crate::timely::parcel::{Kind, Mail, Part, Post, Then, read, written};
use crate::timely::place::{self, Told};
use parallax_pattern::Wire;
use std::mem;
use std::sync::Arc;

pub(in crate::timely) fn begin<K: Keyed<Acc: Wire> + Wire>(told: Told) -> Result<(), String> {
    place::begin(&told, |work: Arc<K>, place| {
        let owners = (0..place.peers).map(|_| work.empty()).collect();
        Dealing { work, size: told.size, next: place.me, owners }
    })
}

struct Dealing<K: Keyed> {
    work: Arc<K>,
    size: usize,
    next: usize,
    /// The table of this worker, and for each other one the table to send to it next.
    owners: Vec<K::Acc>,
}

impl<K: Keyed<Acc: Wire> + Wire> Dealing<K> {
    fn take(&mut self, owner: usize) -> K::Acc {
        mem::replace(&mut self.owners[owner], self.work.empty())
    }
}

impl<K: Keyed<Acc: Wire> + Wire> Part for Dealing<K> {
    fn go_on(&mut self, mail: &mut Mail, post: &mut Post) -> Result<Then, String> {
        for parcel in mail.parcels.drain(..) {
            self.work.merge(&mut self.owners[post.me], read(&parcel.bytes)?);
        }
        if let Some(items) = piece(self.work.len(), self.size, self.next) {
            self.work.deal(items, &mut self.owners);
            let me = post.me;
            for to in (0..post.peers).filter(|&to| to != me) {
                post.give(to, Kind::Between, written(&self.take(to))?);
            }
            self.next += post.peers;
            post.busy = true;
            return Ok(Then::Again);
        }
        if !mail.quiet {
            return Ok(Then::Wait);
        }
        post.result(post.me as u64, self.take(post.me))?;
        Ok(Then::Done)
    }
}
