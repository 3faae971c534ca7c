//! How many threads async-std has is the process's affair: this test has one of its own.

#[expect(dead_code, reason = "the other laws are kept in the other process")]
mod laws;

#[test]
fn all_workers_work_and_no_more() {
    laws::works_at_once::<parallax_async::AsyncStd>(&[1, 4, 2]);
}
