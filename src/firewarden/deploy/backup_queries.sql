-- name: export_snapshot
-- What the dump shall see, too.
SELECT pg_export_snapshot()

-- name: timescaledb_version
-- Of the extension in this database.
SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'

-- name: available_timescaledb
-- The version that this server would install.
SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb'

-- name: newest_migration
-- How far the schema has come.
SELECT max(version) FROM schema_migration

-- name: is_filled
-- Whether somebody lives here.
SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname IN ('public', 'jobs'))

-- name: make_roles
-- Roles belong to the server, not to the database: a dump names them and does not hold them.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['fw_ingest', 'fw_desk', 'fw_risk', 'fw_api', 'fw_upkeep', 'fw_keeper'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
        EXECUTE format('GRANT %I TO CURRENT_USER', name);
    END LOOP;
END $$

-- name: make_extension
-- It must be there before its tables are filled.
CREATE EXTENSION IF NOT EXISTS timescaledb

-- name: before_restore
-- TimescaleDB keeps its own triggers and workers out of the way.
SELECT timescaledb_pre_restore()

-- name: after_restore
-- And goes back to work.
SELECT timescaledb_post_restore()

-- name: forgetting_functions
-- The functions that may delete history.
SELECT oid::regprocedure::text FROM pg_proc
WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'forget\_%'

-- name: analyze
-- The planner knows nothing of restored tables.
ANALYZE

-- name: numbers_lie_ahead
-- Whether rows bear transaction numbers that this server has not reached: it is another one than was dumped.
SELECT pg_snapshot_xmax(pg_current_snapshot()) < greatest(
    (SELECT max(xid) FROM state_change), (SELECT max(xid) FROM operator_action), (SELECT max(xid) FROM reading_batch),
    (SELECT max(xid) FROM event), (SELECT max(pg_snapshot_xmax(snapshot)) FROM reader_cursor), '0')

-- name: renumber
-- Readers follow transaction numbers (docs/adr/0002), which begin anew on another server: there every new fact would
-- count as read long ago. What was read gets a number before all others, what was not that of this transaction, and the
-- readers stand between the two.
DO $$
DECLARE
    read CONSTANT xid8 := '3';
    unread CONSTANT xid8 := pg_current_xact_id();
BEGIN
    UPDATE state_change s SET xid = CASE WHEN EXISTS (SELECT 1 FROM reader_cursor c
        WHERE c.reader = CASE WHEN s.lane = 'alarm' THEN 'desk.alarm' ELSE 'desk.bulk' END
            AND pg_visible_in_snapshot(s.xid, c.snapshot)) THEN read ELSE unread END;
    UPDATE operator_action s SET xid = CASE WHEN EXISTS (SELECT 1 FROM reader_cursor c
        WHERE c.reader = CASE WHEN s.lane = 'alarm' THEN 'desk.alarm' ELSE 'desk.bulk' END
            AND pg_visible_in_snapshot(s.xid, c.snapshot)) THEN read ELSE unread END;
    UPDATE reading_batch b SET xid = CASE WHEN EXISTS (SELECT 1 FROM reader_cursor c
        WHERE c.reader = 'upkeep.rollup' AND pg_visible_in_snapshot(b.xid, c.snapshot)) THEN read ELSE unread END;
    UPDATE event SET xid = read;
    UPDATE risk_record SET xid = read;
    DELETE FROM reader_cursor WHERE reader = 'risk';  -- it looks through everything, and takes what it does not know
    UPDATE reader_cursor SET snapshot = format('%s:%s:', unread, unread)::pg_snapshot;
END $$
