//! A sweep: each worker is sent its block, passes over it until the last step, and sends it back.

use super::piece;
use crate::timely::parcel::{Mail, Part, Post, Then};
use crate::timely::place::{self, Told};
use parallax_pattern::{Sweep, Wire};
use parallax_processes::remote::Packed;
use std::sync::Arc;

pub(in crate::timely) fn begin<S: Sweep<Item: Wire> + Wire>(told: Told) -> Result<(), String> {
    place::begin(&told, |work: Arc<S>, _| Sweeping { work, size: told.size, block: None, step: 0 })
}

struct Sweeping<S: Sweep> {
    work: Arc<S>,
    size: usize,
    block: Option<Vec<S::Item>>,
    step: usize,
}

impl<S: Sweep<Item: Wire> + Wire> Part for Sweeping<S> {
    fn go_on(&mut self, mail: &mut Mail, post: &mut Post) -> Result<Then, String> {
        let Some(items) = piece(self.work.len(), self.size, post.me) else { return Ok(Then::Done) };
        if self.block.is_none() {
            self.block = mail.input()?.map(|Packed(block)| block);
        }
        let Some(mut block) = self.block.take() else { return Ok(Then::Wait) };
        if self.step == self.work.steps() {
            post.result(post.me as u64, Packed(block))?;
            return Ok(Then::Done);
        }
        self.work.step(items.start, &mut block);
        self.step += 1;
        self.block = Some(block);
        Ok(Then::Again)
    }
}
