//! An exchange of messages as tasks: one for each producer and consumer, for any queue between them.

use crate::runtime::{Runtime, all, opened, task};
use parallax_pattern::{Answer, Channel, Exchange, Sequential};
use std::sync::Arc;

/// The ends of a queue: one for each producer, and one for each consumer.
pub(crate) type Ends<Q, M> = (Vec<<Q as Queue>::To<M>>, Vec<<Q as Queue>::From<M>>);

/// A kind of queue.
pub(crate) trait Queue: Sized + 'static {
    /// The sending end.
    type To<M: Send + 'static>: Clone + Send + 'static;
    /// The receiving end.
    type From<M: Send + 'static>: Send + 'static;

    /// A queue that holds `capacity` messages.
    fn new<M: Send + 'static>(capacity: usize) -> (Self::To<M>, Self::From<M>);
    /// The ends of each producer and of each consumer.
    fn ends<M: Send + 'static>(producers: usize, consumers: usize, capacity: usize) -> Ends<Self, M>;
    /// Sends a message; `None` if there is no receiver any more.
    fn send<M: Send + 'static>(to: &Self::To<M>, message: M) -> impl Future<Output = Option<()>> + Send;
    /// The next message; `None` if there is no sender any more.
    fn receive<M: Send + 'static>(from: &mut Self::From<M>) -> impl Future<Output = Option<M>> + Send;
    /// Passes all messages to `take`, until there is no sender any more.
    fn drain<M: Send + 'static>(
        from: Self::From<M>,
        take: impl FnMut(M) + Send,
    ) -> impl Future<Output = ()> + Send;
}

/// A task for each producer and consumer, dealt out to the workers in turn.
pub(crate) fn channel<Q: Queue, C: Channel>(
    runtime: &dyn Runtime,
    work: &Arc<C>,
    capacity: usize,
) -> Answer<Vec<C::Tally>> {
    work.shape().checked()?;
    let Some(within) = runtime.enter() else { return Sequential.channel(work) };
    let roles = roles::<Q, C>(work, capacity).into_iter().enumerate();
    let tasks = roles.map(|(k, role)| (k, task(&within, role.play(work.clone())))).collect();
    Ok(all(runtime, tasks)?.into_iter().filter_map(opened::<Option<C::Tally>>).collect())
}

/// The work of one task.
enum Role<Q: Queue, M: Send + 'static> {
    Produce(usize, Q::To<M>),
    Consume(Q::From<M>),
    /// Sends each message and receives the answer before the next.
    Ask(Q::To<M>, Q::From<M>),
    /// Sends each message back.
    Echo(Q::From<M>, Q::To<M>),
}

/// The roles of all tasks. Where messages are answered there is a second queue, for the answers.
fn roles<Q: Queue, C: Channel>(work: &Arc<C>, capacity: usize) -> Vec<Role<Q, C::Message>> {
    let traffic = work.shape();
    if traffic.answered {
        let ((to, from), (back, answers)) = (Q::new(capacity), Q::new(1));
        return vec![Role::Echo(from, back), Role::Ask(to, answers)];
    }
    let (to, from) = Q::ends(traffic.producers, traffic.consumers, capacity);
    let produce = to.into_iter().enumerate().map(|(producer, to)| Role::Produce(producer, to));
    from.into_iter().map(Role::Consume).chain(produce).collect()
}

impl<Q: Queue, M: Send + 'static> Role<Q, M> {
    /// A role that receives messages returns a tally. A role ends early when the other side does.
    async fn play<C: Channel<Message = M>>(self, work: Arc<C>) -> Option<C::Tally> {
        let messages = work.shape().messages;
        let mut tally = C::Tally::default();
        match self {
            Role::Produce(producer, to) => {
                for number in 0..messages {
                    Q::send(&to, work.make(producer, number)).await?;
                }
                return None;
            }
            Role::Consume(from) => Q::drain(from, |message| work.take(message, &mut tally)).await,
            Role::Ask(to, mut answers) => {
                for number in 0..messages {
                    Q::send(&to, work.make(0, number)).await?;
                    work.take(Q::receive(&mut answers).await?, &mut tally);
                }
            }
            Role::Echo(mut from, back) => {
                while let Some(message) = Q::receive(&mut from).await {
                    Q::send(&back, message).await?;
                }
                return None;
            }
        }
        Some(tally)
    }
}
