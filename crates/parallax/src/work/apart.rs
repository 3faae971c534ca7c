//! The techniques of worker processes, for work that can be sent to them.

use super::others::consult;
use super::{Apart, Begun, Contender, Tallies, Work, kind};
use parallax_pattern::{
    Await, Channel, Consult, Distribute, Divide, Exchange, Graph, Map, Nest, Recall, Reduce, Remember,
    Search, Share, Stencil, Sweep, Touch, Wait, Wire,
};
use parallax_processes::technique::{
    MessagePipes, MessageRings, PrivateCaches, SharedCounters, SharedSeqlock,
};

macro_rules! apart {
    ($run:expr) => {
        vec![
            Contender::of::<parallax_processes::technique::Pipes>($run),
            Contender::of::<parallax_processes::technique::SharedMemory>($run),
        ]
    };
}

impl<W: Map<Item: Wire> + Wire> Apart<kind::Map> for W {
    fn apart() -> Vec<Contender<Self, Self::Made>> {
        apart!(|by, work, made: &mut Vec<W::Item>| by.map(work, made))
    }
}

impl<W: Reduce<Acc: Wire> + Wire> Apart<kind::Reduce> for W {
    fn apart() -> Vec<Contender<Self, Self::Made>> {
        apart!(|by, work, made: &mut Option<W::Acc>| {
            *made = Some(by.reduce(work)?);
            Ok(())
        })
    }
}

impl<W: Sweep<Item: Wire> + Wire> Apart<kind::Sweep> for W {
    fn apart() -> Vec<Contender<Self, Self::Made>> {
        apart!(|by, work, made: &mut Begun<W::Item>| {
            let [state, _] = made.first();
            by.sweep(work, state)?;
            made.last = Some(0);
            Ok(())
        })
    }
}

impl<W: Stencil<Item: Wire> + Wire> Apart<kind::Stencil> for W {
    fn apart() -> Vec<Contender<Self, Self::Made>> {
        apart!(|by, work, made: &mut Begun<W::Item>| {
            let [a, b] = made.first();
            by.stencil(work, [a, b])?;
            made.last = Some(work.steps() % 2);
            Ok(())
        })
    }
}

impl<W: Graph<Value: Wire> + Wire> Apart<kind::Graph> for W {
    fn apart() -> Vec<Contender<Self, Self::Made>> {
        apart!(|by, work, made: &mut Vec<W::Value>| by.graph(work, made))
    }
}

impl<W: Search<Node: Wire, Acc: Wire> + Wire> Apart<kind::Search> for W {
    fn apart() -> Vec<Contender<Self, Self::Made>> {
        apart!(|by, work, made: &mut Option<W::Acc>| {
            *made = Some(by.search(work)?);
            Ok(())
        })
    }
}

impl<W: Nest<Item: Wire, Acc: Wire> + Wire> Apart<kind::Nest> for W {
    fn apart() -> Vec<Contender<Self, Self::Made>> {
        apart!(|by, work, made: &mut Vec<W::Item>| by.nest(work, made))
    }
}

impl<W: Divide<Item: Wire> + Wire> Apart<kind::Divide> for W {
    fn apart() -> Vec<Contender<Self, Self::Made>> {
        apart!(|by, work, [out, room]: &mut [Vec<W::Item>; 2]| by.divide(work, out, room))
    }
}

impl<W: Touch + Wire> Apart<kind::Touch> for W {
    fn apart() -> Vec<Contender<Self, <Self as Work<kind::Touch>>::Made>> {
        vec![Contender::of::<SharedCounters>(|by, work, made: &mut Vec<u64>| {
            made.fill(0);
            Share::touch(by, work, made)
        })]
    }
}

impl<W: Consult<Reader: Wire> + Wire> Apart<kind::Consult> for W {
    fn apart() -> Vec<Contender<Self, <Self as Work<kind::Consult>>::Made>> {
        vec![Contender::of::<SharedSeqlock>(consult)]
    }
}

/// Only the sum of the values is checked, so each process may count on its own.
impl<W: Recall + Wire> Apart<kind::Recall> for W {
    fn apart() -> Vec<Contender<Self, <Self as Work<kind::Recall>>::Made>> {
        vec![Contender::of::<PrivateCaches>(|by, work, made| {
            *made = Some(Remember::recall(by, work)?);
            Ok(())
        })]
    }
}

impl<W: Channel<Message: Wire, Tally: Wire> + Wire> Apart<kind::Channel> for W {
    fn apart() -> Vec<Contender<Self, <Self as Work<kind::Channel>>::Made>> {
        vec![
            Contender::of::<MessagePipes>(|by, work, made| {
                *made = Some(Tallies(Exchange::channel(by, work)?));
                Ok(())
            }),
            Contender::of::<MessageRings>(|by, work, made| {
                *made = Some(Tallies(Exchange::channel(by, work)?));
                Ok(())
            }),
        ]
    }
}

impl<W: Wait + Wire> Apart<kind::Wait> for W {
    fn apart() -> Vec<Contender<Self, <Self as Work<kind::Wait>>::Made>> {
        vec![Contender::of::<MessagePipes>(|by, work, made: &mut Vec<u64>| Await::wait(by, work, made))]
    }
}
