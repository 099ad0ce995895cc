-- Will it still work in three years? Rollups, periodic jobs and how long everything is kept. Written by upkeep.

-- Readings by hour. Made from `reading` alone: whatever came late, a row always equals the aggregate of its hour.
CREATE TABLE reading_hour (
    point_id  bigint NOT NULL,
    quantity  smallint NOT NULL,
    at        timestamptz NOT NULL,        -- start of the hour
    n         integer NOT NULL CHECK (n > 0),
    low       double precision NOT NULL,
    high      double precision NOT NULL,
    total     double precision NOT NULL,   -- the sum; an absurd value counts as 1e290, so that no sum overflows
    last      double precision NOT NULL,   -- value of the newest reading
    last_at   timestamptz NOT NULL,
    PRIMARY KEY (point_id, quantity, at)
);
SELECT create_hypertable('reading_hour', 'at', chunk_time_interval => interval '30 days',
                         create_default_indexes => false);

-- Readings by day of Asia/Shanghai, made from `reading_hour`.
CREATE TABLE reading_day (
    point_id  bigint NOT NULL,
    quantity  smallint NOT NULL,
    at        timestamptz NOT NULL,        -- start of the day
    n         integer NOT NULL CHECK (n > 0),
    low       double precision NOT NULL,
    high      double precision NOT NULL,
    total     double precision NOT NULL,
    last      double precision NOT NULL,
    last_at   timestamptz NOT NULL,
    PRIMARY KEY (point_id, quantity, at)
);
SELECT create_hypertable('reading_day', 'at', chunk_time_interval => interval '365 days',
                         create_default_indexes => false);

-- Hours whose rollup is older than their readings: noticed, and not yet made anew.
CREATE TABLE rollup_due (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    day        timestamptz NOT NULL,       -- the Shanghai day in which they lie
    from_at    timestamptz NOT NULL,
    to_at      timestamptz NOT NULL,       -- exclusive
    point_ids  bigint[],                   -- null: every point
    CHECK (from_at >= day AND to_at > from_at AND to_at <= day + interval '24 hours')
);
CREATE INDEX rollup_due_day ON rollup_due (day);

-- The last run of each periodic job.
CREATE TABLE upkeep_job (
    name         text PRIMARY KEY,
    period_s     integer NOT NULL CHECK (period_s > 0),   -- how often it should run
    started_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    outcome      text NOT NULL CHECK (outcome IN ('running', 'done', 'skipped', 'failed')),
    rows         bigint NOT NULL DEFAULT 0 CHECK (rows >= 0),   -- what it worked on
    duration_s   double precision CHECK (duration_s >= 0),
    detail       text NOT NULL DEFAULT '',  -- why it was skipped or failed
    done_at      timestamptz,               -- when it last ended well
    CHECK ((outcome = 'running') = (finished_at IS NULL)),
    CHECK ((finished_at IS NULL) = (duration_s IS NULL))
) WITH (fillfactor = 60);

-- How long each class of data is kept. What the law wants kept cannot be set to less.
CREATE TABLE retention (
    class           text PRIMARY KEY,
    keep            interval NOT NULL,
    dropped_before  timestamptz,           -- nothing older exists any more; late rows below it are not rolled up
    CHECK (CASE class
        WHEN 'readings' THEN keep >= interval '30 days'     -- every single reading
        WHEN 'raw' THEN keep >= interval '30 days'          -- quarantined payloads
        WHEN 'hours' THEN keep >= interval '90 days'        -- rollups
        WHEN 'days' THEN keep >= interval '1 year'
        WHEN 'scores' THEN keep >= interval '1 year'        -- what the risk of a venue was
        WHEN 'incidents' THEN keep >= interval '3 years'    -- with episodes, acts, state changes, operators' acts
        WHEN 'audit' THEN keep >= interval '3 years'
        ELSE false END)
);
INSERT INTO retention (class, keep) VALUES
    ('readings', '1 year'), ('raw', '1 year'), ('hours', '3 years'), ('days', '5 years'),
    ('scores', '3 years'), ('incidents', '3 years'), ('audit', '3 years');

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['fw_upkeep'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
        EXECUTE format('GRANT %I TO CURRENT_USER', name);
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA public TO fw_upkeep;
GRANT SELECT ON schema_migration, gateway, point, message_ledger, message_gap, reading, reading_batch, state_change,
    operator_action, command_reply, episode, incident, incident_action, event, reader_cursor, risk_score_history
    TO fw_upkeep;
GRANT INSERT, UPDATE ON reader_cursor TO fw_upkeep;
GRANT SELECT, INSERT, UPDATE ON reading_hour, reading_day, upkeep_job TO fw_upkeep;
GRANT SELECT, INSERT, DELETE ON rollup_due TO fw_upkeep;
GRANT SELECT, UPDATE ON retention TO fw_upkeep;
GRANT SELECT ON reading_hour, reading_day, rollup_due, upkeep_job, retention, reader_cursor TO fw_api;
GRANT SELECT ON reading_hour, reading_day TO fw_risk;
-- ingest forgets what every reader has read, and asks how far the rollups have come
GRANT SELECT ON reader_cursor TO fw_ingest;
