//! A simulation of the LogGP model: what a network costs work that is spread over hosts.
//!
//! A message of `k` bytes keeps its sender busy for an overhead `o`, is on its way for a latency `L` and the time `k·G`
//! that its bytes take, and keeps its receiver busy for `o` again; a host passes at most one message each gap `g`
//! (Alexandrov, Ionescu, Schauser and Scheiman, "LogGP: incorporating long messages into the LogP model", SPAA 1995).
//! Here each host has its own clock, and each phase of a program moves the clocks on; so a slow host's neighbours wait
//! for it first, and all the others later.
//!
//! ```
//! use parallax_method::loggp::{Engine, Network, Phase, Program};
//!
//! let network = Network { latency: 50e-6, overhead: 5e-6, gap: 6e-6, per_byte: 1e-9 };
//! let heat = Program {
//!     before: vec![Phase::Broadcast { bytes: 200.0 }],
//!     rounds: 500,
//!     round: vec![Phase::Work { seconds: 2e-3 }, Phase::Borders { bytes: 8e3 }],
//!     after: vec![Phase::Gather { bytes: 8e6 }],
//! };
//! let on = |hosts| heat.time(hosts, &network, &Engine::default());
//! assert!(on(1) > on(8), "eight hosts are worth it");
//! assert!(on(64) < on(4096), "and thousands only send their borders to and fro");
//! ```

/// The costs of messages on a network, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Network {
    /// How long a message is on its way, without the time of its bytes.
    pub latency: f64,
    /// How long a host is busy with sending a message, and another with receiving it.
    pub overhead: f64,
    /// The least time between two messages of a host.
    pub gap: f64,
    /// How long each byte takes.
    pub per_byte: f64,
}

/// The costs that an engine adds, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Engine {
    /// The cost of a run without work. Hosts that work meanwhile do not wait for it, so it is a lower bound of a run's
    /// time and is not added to it.
    pub call: f64,
    /// The cost of each message, at either end.
    pub message: f64,
    /// The cost of each byte, at either end: copies, and encoding or decoding.
    pub per_byte: f64,
}

/// A step of a program, which all hosts do before any of them goes on to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Phase {
    /// The first host sends the same to each of the others.
    Broadcast {
        /// The bytes of the message.
        bytes: f64,
    },
    /// The first host sends each of the others its part.
    Scatter {
        /// The bytes of all parts together.
        bytes: f64,
    },
    /// Each host does its share.
    Work {
        /// The time of all of it on one host.
        seconds: f64,
    },
    /// Each host sends its borders to the host before and the host after it, and waits for theirs; the last one is
    /// before the first.
    Borders {
        /// The bytes of a border.
        bytes: f64,
    },
    /// Each host sends its part to all others.
    Everyone {
        /// The bytes of all parts together.
        bytes: f64,
    },
    /// Each host sends its part to the first.
    Gather {
        /// The bytes of all parts together.
        bytes: f64,
    },
}

/// The phases of a program, some of them repeated in rounds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Program {
    /// The phases before the rounds.
    pub before: Vec<Phase>,
    /// How many rounds follow.
    pub rounds: usize,
    /// The phases of each round.
    pub round: Vec<Phase>,
    /// The phases after the rounds.
    pub after: Vec<Phase>,
}

impl Program {
    /// How many seconds pass until the first host has ended; a host takes `O(1)` for most phases.
    ///
    /// # Panics
    ///
    /// Without hosts.
    pub fn time(&self, hosts: usize, network: &Network, engine: &Engine) -> f64 {
        self.time_on(hosts, hosts, network, engine)
    }

    /// The same for hosts that share `cores` cores, as hosts on one machine do.
    ///
    /// # Panics
    ///
    /// Without hosts or cores.
    pub fn time_on(&self, hosts: usize, cores: usize, network: &Network, engine: &Engine) -> f64 {
        assert!(hosts > 0 && cores > 0, "a program runs somewhere");
        let start = || Cluster {
            clocks: vec![0.0; hosts],
            cores: cores.min(hosts) as f64,
            engine: *engine,
            network: *network,
        };
        let mut cluster = start();
        self.before.iter().for_each(|phase| cluster.pass(*phase));
        for _ in 0..self.rounds {
            self.round.iter().for_each(|phase| cluster.pass(*phase));
        }
        self.after.iter().for_each(|phase| cluster.pass(*phase));
        if engine.call == 0.0 {
            return cluster.clocks[0];
        }
        let mut empty = start();
        empty.pass(Phase::Broadcast { bytes: 0.0 });
        empty.pass(Phase::Gather { bytes: 0.0 });
        cluster.clocks[0].max(empty.clocks[0] + engine.call)
    }

    /// The time on one host alone: its work.
    pub fn work(&self) -> f64 {
        let of = |phases: &[Phase]| -> f64 {
            let work = |phase: &Phase| if let Phase::Work { seconds } = phase { *seconds } else { 0.0 };
            phases.iter().map(work).sum()
        };
        of(&self.before) + self.rounds as f64 * of(&self.round) + of(&self.after)
    }
}

/// The hosts, each with its own clock.
struct Cluster {
    clocks: Vec<f64>,
    cores: f64,
    engine: Engine,
    network: Network,
}

impl Cluster {
    fn pass(&mut self, phase: Phase) {
        let hosts = self.clocks.len();
        match phase {
            Phase::Work { seconds } => {
                let share = seconds / self.cores;
                self.clocks.iter_mut().for_each(|clock| *clock += share);
            }
            _ if hosts == 1 => {}
            Phase::Broadcast { bytes } => self.broadcast(bytes),
            Phase::Scatter { bytes } => self.broadcast(bytes / hosts as f64),
            Phase::Borders { bytes } => self.borders(bytes),
            Phase::Everyone { bytes } => self.everyone(bytes / hosts as f64),
            Phase::Gather { bytes } => self.gather(bytes / hosts as f64),
        }
    }

    /// How long a message keeps either end busy.
    fn busy(&self, bytes: f64) -> f64 {
        self.network.overhead + self.engine.message + bytes * self.engine.per_byte
    }

    /// How long each of several messages occupies a host.
    fn each(&self, bytes: f64) -> f64 {
        self.busy(bytes).max(self.network.gap).max(bytes * self.network.per_byte)
    }

    /// How long after its sender began with it a message has arrived.
    fn way(&self, bytes: f64) -> f64 {
        self.busy(bytes) + bytes * self.network.per_byte + self.network.latency
    }

    fn broadcast(&mut self, bytes: f64) {
        let (each, way, busy) = (self.each(bytes), self.way(bytes), self.busy(bytes));
        let mut now = self.clocks[0];
        for clock in &mut self.clocks[1..] {
            *clock = clock.max(now + way) + busy;
            now += each;
        }
        self.clocks[0] = now;
    }

    fn borders(&mut self, bytes: f64) {
        let hosts = self.clocks.len();
        // two hosts are each other's neighbours on both sides, and send both borders in one message
        let (messages, bytes) = if hosts == 2 { (1.0, 2.0 * bytes) } else { (2.0, bytes) };
        let (each, way, busy) = (self.each(bytes), self.way(bytes), self.busy(bytes));
        let arrives: Vec<f64> =
            self.clocks.iter().map(|clock| clock + (messages - 1.0) * each + way).collect();
        for (host, clock) in self.clocks.iter_mut().enumerate() {
            let (before, after) = (arrives[(host + hosts - 1) % hosts], arrives[(host + 1) % hosts]);
            *clock = (*clock + messages * each).max(before).max(after) + messages * busy;
        }
    }

    /// Every host is as late as the last: each waits for it.
    fn everyone(&mut self, bytes: f64) {
        let others = (self.clocks.len() - 1) as f64;
        let last = self.clocks.iter().copied().fold(0.0, f64::max);
        let end = last + (others - 1.0) * self.each(bytes) + self.way(bytes) + self.busy(bytes) * others;
        self.clocks.fill(end);
    }

    fn gather(&mut self, bytes: f64) {
        let (each, way, busy) = (self.each(bytes), self.way(bytes), self.busy(bytes));
        let mut arrivals: Vec<f64> = self.clocks[1..].iter().map(|clock| clock + way).collect();
        arrivals.sort_by(f64::total_cmp);
        let mut now = self.clocks[0];
        for arrival in arrivals {
            // its bytes come in one after the other until it has arrived; those of the next one follow
            now = arrival.max(now + each - busy) + busy;
        }
        self.clocks[0] = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NETWORK: Network = Network { latency: 100e-6, overhead: 5e-6, gap: 8e-6, per_byte: 1e-8 };

    fn time(hosts: usize, phases: &[Phase]) -> f64 {
        let program = Program { before: phases.to_vec(), ..Program::default() };
        program.time(hosts, &NETWORK, &Engine::default())
    }

    fn near(left: f64, right: f64) {
        assert!((left / right - 1.0).abs() < 1e-9, "{left} and {right}");
    }

    #[test]
    fn a_message_takes_what_the_model_says() {
        // o + k G + L + o
        near(time(2, &[Phase::Gather { bytes: 2000.0 }]), 5e-6 + 1000.0 * 1e-8 + 100e-6 + 5e-6);
        near(time(2, &[Phase::Borders { bytes: 500.0 }]), 5e-6 + 1000.0 * 1e-8 + 100e-6 + 5e-6);
    }

    #[test]
    fn the_first_host_takes_one_message_after_the_other() {
        let last = |hosts, bytes| time(hosts, &[Phase::Gather { bytes: bytes * hosts as f64 }]);
        near(last(11, 0.0) - last(2, 0.0), 9.0 * 8e-6); // a gap each
        near(last(11, 1e4) - last(2, 1e4), 9.0 * 1e-4); // their bytes, which take longer
        // the first has sent its last message nine gaps later
        near(
            time(11, &[Phase::Broadcast { bytes: 0.0 }]) / time(2, &[Phase::Broadcast { bytes: 0.0 }]),
            10.0,
        );
    }

    #[test]
    fn work_is_shared_and_one_host_sends_nothing() {
        let all = [
            Phase::Broadcast { bytes: 1e6 },
            Phase::Work { seconds: 3.0 },
            Phase::Borders { bytes: 1e6 },
            Phase::Everyone { bytes: 1e6 },
            Phase::Gather { bytes: 1e6 },
        ];
        near(time(1, &all), 3.0);
        near(time(4, &[Phase::Work { seconds: 3.0 }]), 0.75);
        let program = Program { before: all.to_vec(), ..Program::default() };
        let two_cores = program.time_on(4, 2, &NETWORK, &Engine::default());
        near(two_cores - program.time(4, &NETWORK, &Engine::default()), 0.75);
    }

    #[test]
    fn rounds_cost_a_latency_each_and_an_engine_its_messages() {
        let rounds =
            |rounds| Program { rounds, round: vec![Phase::Borders { bytes: 0.0 }], ..Program::default() };
        let time = |count, engine| rounds(count).time(8, &NETWORK, &engine);
        let none = Engine::default();
        // the second border leaves a gap after the first, and both are taken in
        near(time(1000, none), 1000.0 * (8e-6 + 5e-6 + 100e-6 + 10e-6));
        near(time(1000, Engine { message: 3e-6, ..none }) - time(1000, none), 1000.0 * 9e-6);
        // hosts wait for an empty call during the rounds, not after them
        near(time(1000, Engine { call: 0.01, ..none }), time(1000, none));
        let empty = 8e-6 * 7.0 + (5e-6 + 100e-6 + 5e-6) * 2.0;
        let waited = time(0, Engine { call: 1.0, ..none });
        assert!(waited > 1.0 && waited < 1.0 + 2.0 * empty, "{waited}");
    }

    #[test]
    fn what_is_sent_out_is_taken_in_by_one_after_the_other_and_costs_the_engine_its_bytes() {
        // the last of ten parts is on its way when nine others are
        let parts = Phase::Scatter { bytes: 1.1e7 };
        let program = |phase| Program { before: vec![phase], ..Program::default() };
        near(program(parts).time(11, &NETWORK, &Engine::default()), 10.0 * 1e6 * 1e-8);
        let engine = Engine { per_byte: 3e-8, ..Engine::default() };
        near(program(parts).time(11, &NETWORK, &engine), 10.0 * (1e6 * 3e-8 + 5e-6));
    }

    #[test]
    fn who_is_late_is_waited_for_by_neighbours_first() {
        let mut cluster =
            Cluster { clocks: vec![0.0; 9], cores: 9.0, engine: Engine::default(), network: NETWORK };
        cluster.clocks[4] = 1.0;
        cluster.pass(Phase::Borders { bytes: 0.0 });
        assert!(cluster.clocks[3] > 1.0 && cluster.clocks[5] > 1.0, "{:?}", cluster.clocks);
        assert!(cluster.clocks[2] < 0.1 && cluster.clocks[6] < 0.1, "{:?}", cluster.clocks);
        (0..4).for_each(|_| cluster.pass(Phase::Borders { bytes: 0.0 }));
        assert!(cluster.clocks.iter().all(|clock| *clock > 1.0), "{:?}", cluster.clocks);
    }
}
