//! Prints the tables of known digests that the workloads hold, solved anew by their references.
//!
//! Run it after a workload is added: `cargo run --release -p parallax-suite --example answers`.

use parallax_pattern::Recall;
use parallax_suite::workload::*;

fn main() {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    print::<Bubblesort>(&wanted);
    print::<Comparison>(&wanted);
    print::<Expression>(&wanted);
    print::<Fanout>(&wanted);
    print::<Histogram>(&wanted);
    print::<Julia>(&wanted);
    print::<Mailbox>(&wanted);
    print::<Matmul>(&wanted);
    print::<Memo>(&wanted);
    print_hits(&wanted);
    print::<MonteCarlo>(&wanted);
    print::<Pairwise>(&wanted);
    print::<Parcels>(&wanted);
    print::<Records>(&wanted);
    print::<Routes>(&wanted);
    print::<Sort>(&wanted);
    print::<Stream>(&wanted);
    print::<TaskGraph>(&wanted);
    print::<TreeSearch>(&wanted);
}

#[expect(clippy::print_stdout, reason = "its output is its purpose")]
fn print<W: Workload>(wanted: &str) {
    if !W::NAME.contains(wanted) {
        return;
    }
    println!("{}", W::NAME);
    let exact = |case: &usize| W::make(Params { case: *case, ..Params::of(Size::Tiny) }).blind_bits() == 0;
    for case in (0..W::CASES.len()).filter(exact) {
        for size in [Size::Tiny, Size::Small, Size::Headline, Size::Medium] {
            let digest = |variant| {
                let work = W::make(Params { case, variant, ..Params::of(size) });
                let mut out = work.output();
                work.reference(&mut out);
                work.digest(&out)
            };
            let [a, b, c, d] = [0, 1, 2, 3].map(digest);
            println!("    ({case}, Size::{size:?}, [{a:#018x}, {b:#018x}, {c:#018x}, {d:#018x}]),");
        }
    }
}

/// The hits that caches have on the requests of `memo`.
#[expect(clippy::print_stdout, reason = "its output is its purpose")]
fn print_hits(wanted: &str) {
    if !Memo::NAME.contains(wanted) {
        return;
    }
    for size in [Size::Tiny, Size::Small, Size::Headline, Size::Medium] {
        println!("    (Size::{size:?}, [");
        for variant in 0..4 {
            let work = Memo::make(Params { variant, ..Params::of(size) });
            let keys: Vec<u64> = (0..work.len()).map(|i| work.key(i)).collect();
            println!("        {:?},", Hits::of(&keys, work.capacity()));
        }
        println!("    ]),");
    }
}
