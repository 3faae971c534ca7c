//! Items are cut out where a reader would cut them: in samples with traps, and in the suite's own files.

use super::file::{File, base, header};
use super::*;
use std::ops::Range;

const SAMPLE: &str = r##"//! Steals: idle workers take from busy ones.
//!
//! ```text
//! not rust
//! ```
//!
//! ```
//! # use std::sync::Arc;
//! let sum: u32 = (1..4).sum();
//! ##[test]
//! assert_eq!(sum, 6); // }
//! ```

struct Rayon; // impl Execute for Rayon {

impl Rayon {
    fn pool(&self) -> usize { helper(self.threads()) }

    fn threads(&self) -> usize {
        "}".len()
    }
    fn unused(&self) {}
}

impl Technique for Rayon {
    const CARD: Card = Card { name: "}" };
    fn start(_: usize) -> Answer<Self> {
        Ok(Rayon)
    }
}

// The idea.
/// Halves.
#[expect(
    clippy::x,
    reason = "no { matters"
)]
impl Execute for Rayon {
    fn map<M: Map>(&self, bytes: [u8; 4]) -> Answer<()> {
        fn reduce() {}
        let c = '{';
        self.pool();
        Ok(())
    }
    /// Folds. {
    #[expect(
        clippy::y,
        reason = "x"
    )]
    // Why.
    fn reduce<R: Reduce>(
        &self,
        work: &Arc<R>,
    ) -> Answer<R::Acc>
    where
        R: Send,
    {
        r#"
    }
"#;
    }

    async unsafe fn last(&self) {}
}

impl<T: Fn(u32) -> u32, const N: usize> Share for Wrapper<Vec<T>, N>
where
    T: for<'a> Other<'a>,
{
    fn touch(&self) {
        1
    }
}

impl Share for crate::deep::Locked<Mutex> {
    fn touch(&self) { mutex() }
}
impl Share for crate::deep::Locked<Spin> {
    fn touch(&self) { spin() }
}

fn helper(x: usize) -> usize {
    inner::<u8>(x)
}

fn inner<T>(x: usize) -> usize { x }

fn mutex() {}

mod tests {
    fn pool() {}
    impl Execute for Other { fn map(&self) {} }
}
"##;

fn text(of: Option<&str>, by: &str, names: &[&str]) -> String {
    method(SAMPLE, of, by, names).unwrap().text
}

#[test]
fn a_function_ends_with_its_own_brace() {
    let map = method(SAMPLE, None, "Rayon", &["map"]).unwrap();
    assert!(
        map.text.starts_with("    fn map<M: Map>(") && map.text.ends_with("        Ok(())\n    }\n"),
        "{}",
        map.text
    );
    let lines: Vec<&str> = SAMPLE.lines().collect();
    assert_eq!(lines[map.first - 1..map.last].join("\n") + "\n", map.text);
    assert_eq!(text(None, "Rayon", &["last"]), "    async unsafe fn last(&self) {}\n");
    assert_eq!(text(None, "Rayon", &["threads"]).lines().count(), 3);
}

#[test]
fn comments_and_attributes_come_along() {
    let reduce = method(SAMPLE, None, "Rayon", &["reduce"]).unwrap();
    assert!(reduce.text.starts_with("    /// Folds. {\n    #[expect(\n"), "{}", reduce.text);
    assert!(reduce.text.ends_with("\"#;\n    }\n"), "{}", reduce.text);
    assert!(reduce.dedented().contains("\n// Why.\nfn reduce<R: Reduce>("), "{}", reduce.dedented());
    let whole = implementation(SAMPLE, "Execute", "Rayon").unwrap();
    assert!(whole.text.starts_with("// The idea.\n/// Halves.\n#[expect(\n"), "{}", whole.text);
    assert!(whole.text.ends_with("async unsafe fn last(&self) {}\n}\n"));
}

#[test]
fn names_are_tried_in_order() {
    assert!(text(None, "Rayon", &["julia", "map", "reduce"]).contains("fn map"));
    assert!(text(None, "Rayon", &["reduce", "map"]).contains("fn reduce<R"), "and not the one inside map");
    assert!(text(Some("Technique"), "Rayon", &["start"]).contains("Ok(Rayon)"));
}

#[test]
fn generic_types_are_told_apart() {
    assert!(text(Some("Share"), "Wrapper", &["touch"]).contains("1\n"));
    assert!(text(None, "Locked<Mutex>", &["touch"]).contains("mutex()"));
    assert!(text(None, "crate::deep::Locked<Spin>", &["touch"]).contains("spin()"));
    assert!(
        text(None, "parallax::Locked<std::sync::Spin>", &["touch"]).contains("spin()"),
        "as type_name says"
    );
    assert!(text(None, "Locked", &["touch"]).contains("mutex()"), "the first, if it does not matter");
    let parse = |text| header(text).unwrap();
    assert_eq!(parse("<T> Share for &'a mut W<T> where T: A"), (Some("Share".into()), "&'a mut W<T>".into()));
    assert_eq!(parse(" Wrapper<fn(u8) -> u8>"), (None, "Wrapper<fn(u8) -> u8>".into()));
    assert_eq!(base("&'a mut crate::W<T>"), "W");
}

#[test]
fn what_is_missing_is_typed_and_told() {
    let error = method(SAMPLE, None, "Rayon", &["julia", "sweep"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "'Rayon' has no fn julia or sweep; \
         its functions in the file: pool, threads, unused, start, map, reduce, last"
    );
    let error = implementation(SAMPLE, "Share", "Rayon").unwrap_err();
    assert!(matches!(&error, SourceError::NoImpl { wanted, .. } if wanted == "impl Share for Rayon"));
    assert!(error.to_string().contains("impl Execute for Rayon"), "{error}");
    assert!(matches!(method(SAMPLE, Some("Share"), "Rayon", &["map"]), Err(SourceError::NoImpl { .. })));
    assert!(method("", None, "Rayon", &["map"]).unwrap_err().to_string().contains("which has: nothing"));
    assert!(method("impl A for B { fn", None, "B", &["x"]).is_err(), "a block without an end");
}

#[test]
fn what_a_snippet_calls_is_found_and_no_more() {
    let map = method(SAMPLE, None, "Rayon", &["map"]).unwrap();
    let found: Vec<String> = called(SAMPLE, &map).iter().map(Snippet::dedented).collect();
    assert_eq!(found.len(), 4, "{found:#?}");
    for (found, name) in found.iter().zip(["fn pool", "fn threads", "fn helper", "fn inner"]) {
        assert!(found.starts_with(name), "{found}");
    }
    let start = method(SAMPLE, None, "Rayon", &["start"]).unwrap();
    assert_eq!(called(SAMPLE, &start), []);
}

#[test]
fn the_example_is_what_a_reader_copies() {
    let found = example(SAMPLE).unwrap();
    assert_eq!(found.text, "let sum: u32 = (1..4).sum();\n#[test]\nassert_eq!(sum, 6); // }\n");
    assert_eq!((found.first, found.last), (8, 11));
    for file in [
        "",
        "//! Words.\n",
        "//! ```text\n//! x\n//! ```\n",
        "//! ```\n//! open\n",
        "\n//! ```\n//! x\n//! ```\n",
    ] {
        assert_eq!(example(file), Err(SourceError::NoExample), "{file:?}");
    }
}

/// Where this package's own workspace keeps the suite.
const SUITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/suite/src");

fn suite(file: &str) -> String {
    std::fs::read_to_string(format!("{SUITE}/{file}")).unwrap()
}

#[test]
fn the_baseline_is_found() {
    let file = suite("../../pattern/src/sequential.rs");
    let map = method(&file, Some("Execute"), "Sequential", &["julia", "map"]).unwrap();
    assert!(map.text.contains("fn map<M: Map>") && map.text.contains("work.fill(0, out)"), "{}", map.text);
    assert!(!map.text.contains("fn reduce"), "{}", map.text);
    assert!(example(&file).unwrap().text.contains("assert_eq!"));
}

#[test]
fn a_kernel_comes_with_what_it_calls() {
    let file = suite("workload/julia.rs");
    let kernel = implementation(&file, "Map", "Julia").unwrap();
    assert!(kernel.text.starts_with("impl Map for Julia {\n") && kernel.text.contains("fn fill("));
    let calls = called(&file, &kernel);
    assert!(calls.iter().any(|call| call.text.contains("fn escape(")), "{calls:#?}");
    assert!(calls.iter().all(|call| !call.text.contains("fn make(")));
}

/// The rule that rustfmt guarantees: a block ends at the first later line that begins with `}` at its own
/// depth.
#[test]
fn braces_and_indentation_agree_in_all_of_the_suite() {
    let (mut items, mut folders) = (0, vec![std::path::PathBuf::from(SUITE)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                items += agree(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    assert!(items > 100, "only {items} items");
}

fn agree(text: &str) -> usize {
    let file = File::new(text);
    let blocks = file.all_blocks();
    let functions =
        blocks.iter().flat_map(|block| file.functions(block.body.clone())).map(|function| function.whole);
    let all: Vec<Range<usize>> = blocks.iter().map(|block| block.whole.clone()).chain(functions).collect();
    for item in &all {
        let lines: Vec<&str> = text[item.clone()].lines().collect();
        let indent = &lines[0][..lines[0].len() - lines[0].trim_start().len()];
        let closes = |line: &&str| line.strip_prefix(indent).is_some_and(|line| line.starts_with('}'));
        let first = lines.iter().skip(1).position(closes).map(|at| at + 2);
        let one_line = lines.len() == 1 && lines[0].ends_with(['}', ';']);
        assert!(one_line || first == Some(lines.len()), "{}", &text[item.clone()]);
    }
    all.len()
}

#[test]
fn a_kernel_is_that_of_its_work() {
    let file = "impl Fill<Julia> for Packed<M> {\n    fn a() {}\n}\nimpl<M> Fill<GridSearch> for Packed<M> {\n    fn b() {}\n}\n";
    let found = |work| engine(file, "Fill", work, "x::Packed<Avx2>").unwrap().text;
    assert!(found("julia").contains("fn a()") && found("gridsearch").contains("fn b()"));
    assert!(found("another").contains("fn a()"), "the first, where none is named");
    assert!(matches!(engine(file, "Step", "julia", "x::Packed"), Err(SourceError::NoImpl { .. })));
}
