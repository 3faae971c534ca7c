//! SQLite's durability settings are as requested, on every connection.

use super::*;
use crate::Jobs;

/// The settings of the current connection, and of the next one.
fn pragmas(store: &SqliteStore) -> Vec<(String, i64)> {
    let look = async {
        let mut found = Vec::new();
        for _ in 0..2 {
            let mut connection = store.pool.acquire().await?.detach();
            let journal = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut connection).await?;
            let synchronous = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut connection).await?;
            found.push((journal, synchronous));
            sqlx::Connection::close(connection).await?;
        }
        Ok(found)
    };
    store.wait(look).unwrap()
}

#[test]
fn every_connection_syncs_as_was_asked_though_apalis_turns_it_off() {
    let (off, normal, full) = (0, 1, 2);
    for (durability, level) in [(Durability::Normal, normal), (Durability::Full, full)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jobs.db");
        let settings = Jobs::builder().durability(durability).settings().unwrap();
        let expected = vec![("wal".to_owned(), level); 2];
        assert_eq!(
            pragmas(&SqliteStore::create(&path, &settings).unwrap()),
            expected,
            "a client that makes it"
        );
        assert_eq!(pragmas(&SqliteStore::create(&path, &settings).unwrap()), expected, "the next client");
        let worker = SqliteStore::join(&path, &settings).unwrap();
        assert_eq!(pragmas(&worker), expected, "a worker");
        worker.runtime.block_on(SqliteStorage::setup(&worker.pool)).unwrap();
        let synchronous = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&worker.pool);
        assert_eq!(worker.wait::<i64>(synchronous).unwrap(), off, "apalis's setup turns it off");
    }
}
