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
        WHEN 'days' THEN keep >= interval '366 days'
        WHEN 'scores' THEN keep >= interval '366 days'      -- what the risk of a venue was
        WHEN 'incidents' THEN keep >= interval '1096 days'  -- with episodes, acts, state changes, operators' acts
        WHEN 'audit' THEN keep >= interval '1096 days'
        ELSE false END)
);
INSERT INTO retention (class, keep) VALUES
    ('readings', '366 days'), ('raw', '366 days'), ('hours', '1096 days'), ('days', '1827 days'),
    ('scores', '1096 days'), ('incidents', '1096 days'), ('audit', '1096 days');

-- fw_upkeep is the process. Nobody becomes fw_keeper: it owns the functions that forget, which have the minimum age of
-- what they delete built in, and it is the only one that may delete history at all.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['fw_upkeep', 'fw_keeper'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
        EXECUTE format('GRANT %I TO CURRENT_USER', name);
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA public TO fw_upkeep, fw_keeper;
GRANT SELECT ON schema_migration, gateway, point, message_ledger, message_gap, reading, reading_batch, state_change,
    operator_action, command_reply, quarantine, episode, incident, incident_action, event, reader_cursor,
    risk_score_history, audit TO fw_upkeep;
GRANT INSERT, UPDATE ON reader_cursor TO fw_upkeep;
GRANT SELECT, INSERT, UPDATE ON reading_hour, reading_day, upkeep_job TO fw_upkeep;
GRANT SELECT, INSERT, DELETE ON rollup_due TO fw_upkeep;
GRANT SELECT, UPDATE ON retention TO fw_upkeep;
GRANT SELECT ON reading_hour, reading_day, rollup_due, upkeep_job, retention, reader_cursor TO fw_api;
GRANT SELECT ON reading_hour, reading_day TO fw_risk;
-- ingest forgets what every reader has read, and asks how far the rollups have come
GRANT SELECT ON reader_cursor TO fw_ingest;
GRANT SELECT ON retention TO fw_keeper;
GRANT SELECT, DELETE ON episode, incident, incident_action, operator_action, command_reply, quarantine, audit,
    risk_score_history TO fw_keeper;

-- Until when a class may be forgotten. Three years of history stay whatever `retention` says.
CREATE FUNCTION kept_since(what text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN class IN ('incidents', 'audit') THEN least(now() - keep, now() - interval '3 years')
        ELSE now() - keep END
    FROM retention WHERE class = what
$$;

-- The oldest moment that something open still depends on: nothing from then on is forgotten.
CREATE FUNCTION open_since() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT least((SELECT min(least(occurred_at, received_at)) FROM incident WHERE state <> 'closed'),
                 (SELECT min(raised_at) FROM episode WHERE cleared_at IS NULL), 'infinity')
$$;

GRANT CREATE ON SCHEMA public TO fw_keeper;

CREATE FUNCTION forget_quarantine(rows_max integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE n bigint;
BEGIN
    DELETE FROM quarantine WHERE id IN (
        SELECT id FROM quarantine WHERE received_at < kept_since('raw') ORDER BY received_at LIMIT rows_max);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

CREATE FUNCTION forget_audit(rows_max integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE n bigint;
BEGIN
    DELETE FROM audit WHERE id IN (
        SELECT id FROM audit WHERE at < kept_since('audit') ORDER BY at LIMIT rows_max);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

-- Incidents that have been closed for long, whole: with their acts and their episodes, and only if none of these is young.
CREATE FUNCTION forget_incidents(rows_max integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE old bigint[]; n bigint; before timestamptz := kept_since('incidents');
BEGIN
    old := ARRAY(
        SELECT i.id FROM incident i
        WHERE i.opened_at < before AND i.state = 'closed' AND i.closed_at < before
            AND NOT EXISTS (SELECT 1 FROM episode e
                WHERE e.incident_id = i.id AND (e.cleared_at IS NULL OR e.cleared_at >= before))
            AND NOT EXISTS (SELECT 1 FROM incident_action a WHERE a.incident_id = i.id AND a.at >= before)
        ORDER BY i.opened_at, i.id LIMIT rows_max);
    DELETE FROM incident_action WHERE incident_id = ANY(old);
    DELETE FROM episode WHERE incident_id = ANY(old);
    DELETE FROM incident WHERE id = ANY(old);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

-- Episodes that opened no incident.
CREATE FUNCTION forget_episodes(rows_max integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE n bigint; before timestamptz := kept_since('incidents');
BEGIN
    DELETE FROM episode WHERE id IN (
        SELECT id FROM episode WHERE incident_id IS NULL AND raised_at < before AND cleared_at < before
        ORDER BY raised_at LIMIT rows_max);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

-- What operators did and gateways answered, from the oldest on, as their numbers go.
CREATE FUNCTION forget_acts(rows_max integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE n bigint; m bigint; before timestamptz := least(kept_since('incidents'), open_since());
BEGIN
    DELETE FROM operator_action WHERE id IN (
        SELECT id FROM (SELECT id, received_at FROM operator_action ORDER BY id LIMIT rows_max) AS oldest
        WHERE received_at < before);
    GET DIAGNOSTICS n = ROW_COUNT;
    DELETE FROM command_reply WHERE id IN (
        SELECT id FROM (SELECT id, received_at FROM command_reply ORDER BY id LIMIT rows_max) AS oldest
        WHERE received_at < before);
    GET DIAGNOSTICS m = ROW_COUNT;
    RETURN n + m;
END $$;

CREATE FUNCTION forget_scores(rows_max integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE n bigint;
BEGIN
    DELETE FROM risk_score_history WHERE (venue_id, at) IN (
        SELECT venue_id, at FROM risk_score_history WHERE at < kept_since('scores') LIMIT rows_max);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

ALTER FUNCTION forget_quarantine(integer) OWNER TO fw_keeper;
ALTER FUNCTION forget_audit(integer) OWNER TO fw_keeper;
ALTER FUNCTION forget_incidents(integer) OWNER TO fw_keeper;
ALTER FUNCTION forget_episodes(integer) OWNER TO fw_keeper;
ALTER FUNCTION forget_acts(integer) OWNER TO fw_keeper;
ALTER FUNCTION forget_scores(integer) OWNER TO fw_keeper;
REVOKE CREATE ON SCHEMA public FROM fw_keeper;

-- Hypertables lose whole chunks, which only their owner may drop. Returns how many.
CREATE FUNCTION drop_old_chunks(what text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE n bigint; tab text; before timestamptz := kept_since(what); dropped timestamptz;
BEGIN
    tab := CASE what WHEN 'readings' THEN 'reading' WHEN 'hours' THEN 'reading_hour' WHEN 'days' THEN 'reading_day'
        WHEN 'incidents' THEN 'state_change' END;
    IF what = 'readings' THEN  -- never before they are rolled up
        before := least(before, (SELECT min(from_at) FROM rollup_due), (SELECT min(b.at_min) FROM reading_batch b
            WHERE NOT EXISTS (SELECT 1 FROM reader_cursor c
                WHERE c.reader = 'upkeep.rollup' AND pg_visible_in_snapshot(b.xid, c.snapshot))));
        IF NOT EXISTS (SELECT 1 FROM reader_cursor WHERE reader = 'upkeep.rollup') THEN
            RETURN 0;
        END IF;
    ELSIF what = 'incidents' THEN
        before := least(before, open_since());
    END IF;
    SELECT max(range_end) INTO dropped FROM timescaledb_information.chunks
        WHERE hypertable_schema = 'public' AND hypertable_name = tab AND range_end <= before;
    IF dropped IS NULL THEN
        RETURN 0;
    END IF;
    SELECT count(*) INTO n FROM drop_chunks(tab::regclass, older_than => dropped);
    UPDATE retention SET dropped_before = greatest(dropped_before, dropped) WHERE class = what;
    RETURN n;
END $$;

-- Compression, where the edition has it: one chunk a call. Null: this edition cannot.
CREATE FUNCTION compress_one_chunk(older_than interval) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE chunk text;
BEGIN
    IF current_setting('timescaledb.license', true) IS DISTINCT FROM 'timescale' THEN
        RETURN NULL;
    END IF;
    IF NOT (SELECT compression_enabled FROM timescaledb_information.hypertables
            WHERE hypertable_schema = 'public' AND hypertable_name = 'reading') THEN
        EXECUTE 'ALTER TABLE reading SET (timescaledb.compress, timescaledb.compress_segmentby = ''point_id, quantity'','
            ' timescaledb.compress_orderby = ''at'')';
    END IF;
    SELECT format('%I.%I', chunk_schema, chunk_name) INTO chunk FROM timescaledb_information.chunks
        WHERE hypertable_schema = 'public' AND hypertable_name = 'reading' AND NOT is_compressed
            AND range_end < now() - older_than
        ORDER BY range_end LIMIT 1;
    IF chunk IS NULL THEN
        RETURN 0;
    END IF;
    EXECUTE 'SELECT compress_chunk($1::regclass)' USING chunk;
    RETURN 1;
END $$;

REVOKE EXECUTE ON FUNCTION forget_quarantine(integer), forget_audit(integer), forget_incidents(integer),
    forget_episodes(integer), forget_acts(integer), forget_scores(integer), drop_old_chunks(text),
    compress_one_chunk(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_quarantine(integer), forget_audit(integer), forget_incidents(integer),
    forget_episodes(integer), forget_acts(integer), forget_scores(integer), drop_old_chunks(text),
    compress_one_chunk(interval) TO fw_upkeep;

-- History stays append-only: it is deleted by fw_keeper alone, and by nobody before it is three years old.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_user = 'fw_keeper' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION refuse_young() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.at > now() - interval '3 years' THEN
        RAISE EXCEPTION 'a row of % is not three years old', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER incident_action_old_enough BEFORE DELETE ON incident_action
    FOR EACH ROW EXECUTE FUNCTION refuse_young();
CREATE TRIGGER audit_old_enough BEFORE DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_young();
