//! Nested use of a pool: a piece that calls the pool that runs it must not wait for its own thread.
//!
//! Threads of a pool that all wait for pieces of the same pool wait forever. So a technique first calls
//! [`Within::enter`]; if the calling thread already works for the pool, the technique does the work right there. The
//! pieces that it hands to other threads run within the pool it entered, so that those threads, and the pools that they
//! call in turn, detect it too.
//!
//! ```
//! use parallax_pattern::within::Within;
//!
//! let pool = "any value that stays where it is";
//! let within = Within::enter(pool).expect("nobody works for it yet");
//! std::thread::spawn(move || within.run(|| assert!(Within::enter(pool).is_none()))).join().unwrap();
//! assert!(Within::enter(pool).is_some()); // this thread only waited for it
//! ```

use pin_project_lite::pin_project;
use std::cell::RefCell;
use std::mem;
use std::pin::Pin;
use std::ptr;
use std::sync::Arc;
use std::task::{Context, Poll};

/// The pools that a thread works for: the innermost, and those that called it, in turn.
#[derive(Debug, Clone, Default)]
pub struct Within(Option<Arc<Link>>);

#[derive(Debug)]
struct Link {
    /// The pool's address: the pool is borrowed while it works, so nothing else can have the same address.
    pool: usize,
    outer: Within,
}

thread_local! {
    static HERE: RefCell<Within> = const { RefCell::new(Within(None)) };
}

impl Within {
    /// The pools that the calling thread works for.
    pub fn here() -> Self {
        HERE.with_borrow(Within::clone)
    }

    /// The calling thread's pools and this one; `None` if it works for this one already.
    pub fn enter<P: ?Sized>(pool: &P) -> Option<Self> {
        let (pool, outer) = (ptr::from_ref(pool).addr(), Within::here());
        (!outer.works_for(pool)).then(|| Within(Some(Arc::new(Link { pool, outer }))))
    }

    /// Runs a piece.
    pub fn run<T>(mut self, piece: impl FnOnce() -> T) -> T {
        self.during(piece)
    }

    /// Runs a task, whichever threads poll it.
    pub fn wrap<F: Future>(self, task: F) -> Wrapped<F> {
        Wrapped { within: self, task }
    }

    fn works_for(&self, pool: usize) -> bool {
        let mut at = self;
        while let Some(link) = &at.0 {
            if link.pool == pool {
                return true;
            }
            at = &link.outer;
        }
        false
    }

    /// Moves itself in and out again: a clone at each poll would make all threads write to one reference count.
    fn during<T>(&mut self, piece: impl FnOnce() -> T) -> T {
        let outer = HERE.replace(mem::take(self));
        let _back = Back { mine: self, outer };
        piece()
    }
}

pin_project! {
    /// A task within a pool; no larger than both, as an `async` block around it would be.
    #[derive(Debug)]
    pub struct Wrapped<F> {
        within: Within,
        #[pin]
        task: F,
    }
}

impl<F: Future> Future for Wrapped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.within.during(|| this.task.poll(context))
    }
}

/// Restores both values on drop, after a panic too.
struct Back<'a> {
    mine: &'a mut Within,
    outer: Within,
}

impl Drop for Back<'_> {
    fn drop(&mut self) {
        *self.mine = HERE.replace(mem::take(&mut self.outer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::pin::pin;
    use std::task::Waker;

    #[test]
    fn a_pool_is_known_at_any_depth_and_forgotten_after() {
        let (a, b) = (1u8, 2u8);
        Within::enter(&a).unwrap().run(|| {
            assert!(Within::enter(&a).is_none());
            Within::enter(&b)
                .unwrap()
                .run(|| assert!(Within::enter(&a).is_none() && Within::enter(&b).is_none()));
            assert!(Within::enter(&b).is_some());
        });
        assert!(Within::enter(&a).is_some());
    }

    #[test]
    fn a_task_grows_by_what_it_is_within_and_no_more() {
        let task = async {
            let large = [1u8; 4096];
            std::future::ready(()).await;
            large[9]
        };
        let (own, within) = (size_of_val(&task), Within::enter(&1u8).unwrap());
        assert!(size_of_val(&within.wrap(task)) <= own + 2 * size_of::<Within>());
    }

    #[test]
    fn a_panic_leads_out() {
        let pool = 1u8;
        let within = Within::enter(&pool).unwrap();
        let panic = catch_unwind(AssertUnwindSafe(|| within.run(|| std::panic::resume_unwind(Box::new(())))));
        assert!(panic.is_err() && Within::enter(&pool).is_some());
    }

    #[test]
    fn a_task_is_within_at_each_poll_and_its_thread_is_not_in_between() {
        let pool = 1u8;
        let mut first = true;
        let task = poll_fn(|_| {
            assert!(Within::enter(&pool).is_none());
            if mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }
        });
        let mut task = pin!(Within::enter(&pool).unwrap().wrap(task));
        let mut context = Context::from_waker(Waker::noop());
        assert!(task.as_mut().poll(&mut context).is_pending());
        assert!(Within::enter(&pool).is_some());
        assert!(task.as_mut().poll(&mut context).is_ready());
        assert!(Within::enter(&pool).is_some());
    }
}
