-- Scores that follow their facts: which moments were scored with what, and from where a replay may begin.

-- Every venue was scored as of `at`, with this model and this scale; both hold until the next row. Rows are added, never
-- changed: with risk_fact they say all that a replay needs.
CREATE TABLE risk_sweep (
    at     timestamptz PRIMARY KEY,
    cause  text NOT NULL CHECK (cause IN ('first', 'hour', 'model')),
    model  text NOT NULL,
    k      double precision NOT NULL CHECK (k > 0)
);

-- The latest `now` of any step: no later step is before it, whatever the machine's clock does.
CREATE TABLE risk_clock (
    one  boolean PRIMARY KEY DEFAULT true CHECK (one),
    at   timestamptz NOT NULL
) WITH (fillfactor = 60);

-- How far each venue was swept; null: it was never scored.
ALTER TABLE risk_state ADD COLUMN swept_at timestamptz;

-- All states as they were at one sweep, before it: a replay may begin here. The two newest are kept.
CREATE TABLE risk_baseline (
    at        timestamptz NOT NULL REFERENCES risk_sweep,
    venue_id  bigint NOT NULL REFERENCES venue,
    number    bigint NOT NULL,
    version   text NOT NULL,
    state     bytea NOT NULL,
    PRIMARY KEY (at, venue_id)
);

-- Each model stretches its own scale.
ALTER TABLE risk_scale ADD COLUMN model text NOT NULL;
ALTER TABLE risk_scale DROP CONSTRAINT risk_scale_pkey, ADD PRIMARY KEY (quarter, model);

GRANT SELECT ON risk_sweep, risk_clock, risk_baseline TO fw_risk, fw_api;
GRANT INSERT ON risk_sweep, risk_clock, risk_baseline TO fw_risk;
GRANT UPDATE ON risk_clock TO fw_risk;
GRANT DELETE ON risk_baseline TO fw_risk;

-- As before, and the end of a duty check is an event whoever asked for it: it says something of the control room.
CREATE OR REPLACE FUNCTION tell_of_command() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'waiting' THEN
        PERFORM pg_notify('fw_command', '');
    END IF;
    IF NEW.asked_by <> 'platform' OR (NEW.command = 'duty_check' AND NEW.ended_at IS NOT NULL) THEN
        INSERT INTO event (kind, venue_id, data)
        SELECT 'command.changed', venue_id, jsonb_build_object(
            'id', NEW.id, 'gateway_id', NEW.gateway_id, 'command', NEW.command, 'state', NEW.state)
        FROM gateway WHERE id = NEW.gateway_id;
        PERFORM pg_notify('fw_event', '');
    END IF;
    RETURN NULL;
END $$;

GRANT SELECT ON risk_fact, risk_sweep, risk_baseline TO fw_upkeep;
GRANT SELECT, DELETE ON risk_fact, risk_sweep TO fw_keeper;
GRANT SELECT ON risk_baseline, risk_record TO fw_keeper;
GRANT CREATE ON SCHEMA public TO fw_keeper;

-- Facts are kept as long as the scores that name them, as long as a replay from the older baseline needs them, and as
-- long as what they come from is there: else it would be taken for news.
CREATE FUNCTION forget_facts(rows_max integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE n bigint; m bigint; before timestamptz := least(kept_since('scores'), (SELECT min(at) FROM risk_baseline));
BEGIN
    IF NOT EXISTS (SELECT 1 FROM risk_baseline) THEN
        RETURN 0;
    END IF;
    DELETE FROM risk_fact WHERE (venue_id, number) IN (
        SELECT f.venue_id, f.number FROM risk_fact f
        WHERE f.stepped_at < before AND NOT CASE f.source
            WHEN 'episode' THEN EXISTS (SELECT 1 FROM episode e WHERE e.id = split_part(f.source_id, '/', 1)::bigint)
            WHEN 'incident' THEN EXISTS (SELECT 1 FROM incident i WHERE i.id = split_part(f.source_id, '/', 1)::bigint)
            WHEN 'command' THEN EXISTS (SELECT 1 FROM gateway_command c WHERE c.id = f.source_id::bigint)
            WHEN 'record' THEN EXISTS (SELECT 1 FROM risk_record r WHERE r.id = f.source_id::bigint)
            WHEN 'override' THEN true
            WHEN 'register' THEN f.number = (SELECT max(o.number) FROM risk_fact o
                WHERE o.venue_id = f.venue_id AND o.source = 'register')
            ELSE false END
        LIMIT rows_max);
    GET DIAGNOSTICS n = ROW_COUNT;
    DELETE FROM risk_sweep WHERE at IN (SELECT at FROM risk_sweep WHERE at < before ORDER BY at LIMIT rows_max);
    GET DIAGNOSTICS m = ROW_COUNT;
    RETURN n + m;
END $$;
ALTER FUNCTION forget_facts(integer) OWNER TO fw_keeper;
REVOKE CREATE ON SCHEMA public FROM fw_keeper;
REVOKE EXECUTE ON FUNCTION forget_facts(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_facts(integer) TO fw_upkeep;
