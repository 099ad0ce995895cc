-- name: current_snapshot
-- The snapshot that the running statement, or a REPEATABLE READ transaction, sees.
SELECT pg_current_snapshot()::text

-- name: load_cursor
-- How far a reader has followed.
SELECT snapshot::text FROM reader_cursor WHERE reader = %(reader)s

-- name: load_place
-- How far a reader has followed, and when it did.
SELECT snapshot::text, updated_at FROM reader_cursor WHERE reader = %(reader)s

-- name: save_cursor
-- A reader's new place, saved with its effects.
INSERT INTO reader_cursor (reader, snapshot, updated_at) VALUES (%(reader)s, %(snapshot)s::pg_snapshot, now())
ON CONFLICT (reader) DO UPDATE SET snapshot = excluded.snapshot, updated_at = excluded.updated_at

-- name: repeatable_read
-- Every statement of the transaction sees the same rows.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ

-- name: try_lock
-- Be the only one of a kind, until the connection ends.
SELECT pg_try_advisory_lock(%(key)s::bigint)
