//! async-std's number of threads belongs to the process, so this test has its own process.

#[expect(dead_code, reason = "the other laws are tested in the other process")]
mod laws;

#[test]
fn all_workers_work_and_no_more() {
    laws::works_at_once::<parallax_async::AsyncStd>(&[1, 4, 2]);
}
