//! A search: each worker goes depth first through its own nodes, and gives some to workers that have asked.
//!
//! A worker without nodes asks all others, once. A worker that has some gives half of them, the oldest, which lead to
//! most. The search ends when no worker has any and none are on their way: it is the only pattern in which only timely
//! can tell.

use crate::timely::parcel::{Kind, Mail, Part, Post, Then, read, written};
use crate::timely::place::{self, Told};
use parallax_pattern::{Search, Wire, dig};
use std::collections::BTreeSet;
use std::mem;
use std::sync::Arc;

/// How many nodes are visited between looks at the mail: visits are short, and a look costs about as much as ten.
const VISITS: usize = 512;
/// How many nodes are given together, at most.
const MOST: usize = 4096;

pub(in crate::timely) fn begin<S: Search<Node: Wire, Acc: Wire> + Wire>(told: Told) -> Result<(), String> {
    place::begin(&told, |work: Arc<S>, _| {
        let acc = Some(work.empty());
        Searching { work, acc, open: Vec::new(), hungry: BTreeSet::new(), asked: false }
    })
}

struct Searching<S: Search> {
    work: Arc<S>,
    acc: Option<S::Acc>,
    open: Vec<S::Node>,
    /// The workers that have asked and received nothing since.
    hungry: BTreeSet<usize>,
    asked: bool,
}

impl<S: Search<Node: Wire, Acc: Wire> + Wire> Searching<S> {
    fn receive(&mut self, mail: &mut Mail) -> Result<(), String> {
        if let Some(roots) = mail.here.take() {
            self.open.extend(roots.read::<Vec<S::Node>>()?);
        }
        for parcel in mail.parcels.drain(..) {
            if parcel.kind == Kind::Input {
                self.open.extend(read::<Vec<S::Node>>(&parcel.bytes)?);
                self.asked = false;
            } else {
                self.hungry.insert(parcel.from as usize);
            }
        }
        Ok(())
    }

    fn give(&mut self, post: &mut Post) -> Result<(), String> {
        while self.open.len() > 1
            && let Some(to) = self.hungry.pop_first()
        {
            let half = (self.open.len() / 2).min(MOST);
            let nodes: Vec<S::Node> = self.open.drain(..half).collect();
            post.give(to, Kind::Input, written(&nodes)?);
        }
        Ok(())
    }
}

impl<S: Search<Node: Wire, Acc: Wire> + Wire> Part for Searching<S> {
    fn go_on(&mut self, mail: &mut Mail, post: &mut Post) -> Result<Then, String> {
        self.receive(mail)?;
        if mail.quiet && self.open.is_empty() {
            if let Some(acc) = self.acc.take() {
                post.result(post.me as u64, acc)?;
            }
            return Ok(Then::Done);
        }
        self.give(post)?;
        if let Some(acc) = &mut self.acc {
            dig(&*self.work, &mut self.open, acc, VISITS);
        }
        post.busy = !self.open.is_empty();
        if !post.busy && !mem::replace(&mut self.asked, true) {
            let me = post.me;
            (0..post.peers).filter(|&to| to != me).for_each(|to| post.send(to, 0, Vec::new()));
        }
        Ok(if post.busy { Then::Again } else { Then::Wait })
    }
}
