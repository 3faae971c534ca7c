//! Tests of chunks of calls and their replies: complete, not encodable, truncated, or naming code that is missing.

use super::*;

fn double(x: u32) -> u32 {
    assert!(x != 13, "unlucky");
    2 * x
}

/// A value that serde accepts and postcard cannot write: a sequence without a known length.
#[derive(Deserialize)]
struct Unwritable;
impl Serialize for Unwritable {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        serde::ser::SerializeSeq::end(to.serialize_seq(None)?)
    }
}
fn unwritable((): ()) -> Unwritable {
    Unwritable
}

fn through<A, R>(function: fn(A) -> R, tasks: &[A]) -> (Vec<Result<R, Error>>, usize)
where
    A: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
    let call = Call::new(function).unwrap();
    let (mut request, mut reply, mut done) = (Vec::new(), Vec::new(), 0);
    let _ = call.encode(&mut request, tasks);
    answer(&request, &mut reply, &mut || done += 1).unwrap();
    (decode(&reply, 100..100 + tasks.len()).collect(), done)
}

#[test]
fn a_chunk_comes_back_task_by_task() {
    let (results, done) = through(double, &[1, 13, 3]);
    assert_eq!(done, 3);
    assert!(matches!(results[0], Ok(2)) && matches!(results[2], Ok(6)));
    let Err(Error::Panicked { task: 101, panic }) = &results[1] else { panic!("{:?}", results[1]) };
    assert_eq!(panic.message, "unlucky");
}

#[test]
fn what_postcard_cannot_write_is_an_error_on_either_side() {
    let (results, _) = through(unwritable, &[(), ()]);
    assert!(matches!(results[1], Err(Error::Output { task: 101, .. })));
    let (results, _) = through(|_: Result<u8, Unwritable>| (), &[Ok(1), Err(Unwritable), Ok(3)]);
    assert!(matches!(results[..], [Ok(()), Err(Error::Argument { task: 101, .. }), Ok(())]));
}

#[test]
fn a_reply_that_breaks_off_gives_errors_for_the_rest() {
    let results: Vec<_> = decode::<u32>(&[0, 6, 0], 0..3).collect();
    assert!(matches!(
        results[..],
        [Ok(6), Err(Error::Output { task: 1, .. }), Err(Error::Output { task: 2, .. })]
    ));
}

#[test]
fn requests_that_name_no_code_are_refused() {
    let mut results = Vec::new();
    assert!(answer(b"short", &mut results, &mut || ()).is_err());
    assert!(answer(&[0xff; HEAD], &mut results, &mut || ()).is_err());
    assert!(results.is_empty());
}

#[test]
fn an_initializer_returns_its_error_as_text() {
    fn refuse(code: u8) -> Result<(), std::num::TryFromIntError> {
        i8::try_from(code).map(drop)
    }
    let call = Call::initializer(refuse).unwrap();
    let (mut request, mut reply) = (Vec::new(), Vec::new());
    let _ = call.encode(&mut request, &[200]);
    answer(&request, &mut reply, &mut || ()).unwrap();
    assert!(initialized(&reply).unwrap_err().contains("out of range"));
}
