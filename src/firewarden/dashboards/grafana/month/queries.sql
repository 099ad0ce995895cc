-- name: known
-- Whether the database has a register at all.
SELECT to_regclass('public.venue') IS NOT NULL

-- name: venues
-- Whether anything is registered, and by whom: a month's venues have codes of their own kind.
SELECT count(*), count(*) FILTER (WHERE code ~ '^V[0-9]{5}$') FROM venue

-- name: patient
-- Seeding may take its time.
SET statement_timeout = 0

-- name: quiet
-- What was asked of gateways long ago is no news.
ALTER TABLE gateway_command DISABLE TRIGGER USER

-- name: loud
-- What is asked from now on is.
ALTER TABLE gateway_command ENABLE TRIGGER USER

-- name: copy_readings
-- Rows that were packed beforehand.
COPY reading (point_id, quantity, at, value, sent_at, received_at) FROM STDIN (FORMAT binary)

-- name: go_on
-- Numbers that the database gives go on behind those that were given out.
SELECT setval(pg_get_serial_sequence(%(table)s, %(column)s), %(next)s, false)

-- name: rolled_up
-- Tell the readers of rollups that all is made.
INSERT INTO reader_cursor (reader, snapshot) VALUES ('upkeep.rollup', pg_current_snapshot())
ON CONFLICT (reader) DO UPDATE SET snapshot = excluded.snapshot, updated_at = now()

-- name: vacuum
-- What autovacuum would have done meanwhile.
VACUUM (ANALYZE)

-- name: readings
-- How many rows there are.
SELECT count(*) FROM reading

-- name: freshen
-- Who was heard a moment ago when the month was made was heard a moment ago now: all by as much as the newest beat is old.
WITH aged AS (
    SELECT now() - max(beat_at) - interval '2 seconds' AS by FROM ingest_worker
), gateways AS (
    UPDATE gateway_liveness SET heard_at = heard_at + aged.by FROM aged
), processes AS (
    UPDATE process_figures SET at = at + aged.by, before_at = before_at + aged.by, ended_at = ended_at + aged.by FROM aged
)
UPDATE ingest_worker SET beat_at = beat_at + aged.by FROM aged
