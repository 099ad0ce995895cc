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
