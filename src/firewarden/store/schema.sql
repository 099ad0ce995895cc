-- The whole schema, to be read. The migrations are how a database gets there; a test holds the two equal.

-- The migrator's own book.
CREATE TABLE schema_migration (
    version     integer PRIMARY KEY,
    name        text NOT NULL,
    checksum    text NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT now()
);

-- The register: what should exist. Written by the api (and its command line); everybody reads it.
CREATE EXTENSION IF NOT EXISTS timescaledb;

CREATE TYPE use_type AS ENUM (
    'mall', 'complex', 'hotel', 'entertainment', 'restaurant', 'hospital', 'elder_care', 'school',
    'office', 'housing', 'factory', 'warehouse', 'explosive', 'culture', 'heritage', 'government');

CREATE TYPE connection_state AS ENUM (
    'contracted', 'installed', 'trial', 'in_service', 'suspended', 'retired');

CREATE TABLE venue (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code        text NOT NULL UNIQUE CHECK (code ~ '^[A-Za-z0-9_.-]{1,64}$'),
    name        text NOT NULL CHECK (name <> ''),
    name_en     text NOT NULL DEFAULT '',
    use         use_type NOT NULL,
    district    text NOT NULL CHECK (district <> ''),
    address     text NOT NULL DEFAULT '',
    lat         double precision CHECK (lat BETWEEN -90 AND 90),     -- WGS-84
    lon         double precision CHECK (lon BETWEEN -180 AND 180),
    area_m2     double precision CHECK (area_m2 > 0),
    height_m    double precision CHECK (height_m > 0),
    built_year  smallint CHECK (built_year BETWEEN 1800 AND 2200),
    key_unit    boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CHECK ((lat IS NULL) = (lon IS NULL))
);

CREATE TABLE building (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    venue_id      bigint NOT NULL REFERENCES venue,
    name          text NOT NULL CHECK (name <> ''),
    floors_above  smallint CHECK (floors_above >= 0),
    floors_below  smallint CHECK (floors_below >= 0),
    height_m      double precision CHECK (height_m > 0),
    UNIQUE (venue_id, name)
);

CREATE TABLE control_room (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    venue_id     bigint NOT NULL REFERENCES venue,
    building_id  bigint REFERENCES building,
    name         text NOT NULL CHECK (name <> ''),
    phone        text NOT NULL DEFAULT '',
    UNIQUE (venue_id, name)
);

CREATE TABLE gateway (
    id                  text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{1,64}$'),  -- also its MQTT user name
    venue_id            bigint NOT NULL REFERENCES venue,
    control_room_id     bigint REFERENCES control_room,
    name                text NOT NULL DEFAULT '',
    connection          connection_state NOT NULL DEFAULT 'in_service',
    heartbeat_s         double precision NOT NULL DEFAULT 60 CHECK (heartbeat_s > 0),
    silence_deadline_s  double precision NOT NULL DEFAULT 180,
    credential          text,           -- what the broker's password file holds ($7$…): never the secret itself
    created_at          timestamptz NOT NULL DEFAULT now(),
    CHECK (silence_deadline_s > heartbeat_s)
);
CREATE INDEX gateway_venue ON gateway (venue_id);

CREATE TABLE facility_system (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    venue_id  bigint NOT NULL REFERENCES venue,
    kind      smallint NOT NULL CHECK (kind BETWEEN 0 AND 255),   -- GB/T 26875.3 system type
    name      text NOT NULL CHECK (name <> ''),
    UNIQUE (venue_id, kind, name)
);

-- A point is whatever a gateway names in a fact. One that is not in the register is kept, and marked.
CREATE TABLE point (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    gateway_id  text NOT NULL REFERENCES gateway,
    venue_id    bigint NOT NULL REFERENCES venue,
    address     text NOT NULL CHECK (length(address) BETWEEN 1 AND 64),
    system_id   bigint REFERENCES facility_system,
    component   smallint CHECK (component BETWEEN 0 AND 255),     -- GB/T 26875.3 component type
    name        text NOT NULL DEFAULT '',
    floor       text NOT NULL DEFAULT '',
    quantity    text,                  -- what it measures, where it measures anything
    low         double precision,      -- the normal band, in the quantity's own unit
    high        double precision,
    registered  boolean NOT NULL DEFAULT true,
    created_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (gateway_id, address),
    CHECK (low < high)
);
CREATE INDEX point_venue ON point (venue_id);
CREATE INDEX point_banded ON point (venue_id) WHERE low IS NOT NULL OR high IS NOT NULL;

-- What the devices told us. Written by ingest only, each message in one transaction.

CREATE TYPE lane AS ENUM ('alarm', 'state', 'reading', 'reply');

-- The states of GB/T 26875.3, of systems, components and transmission devices together.
CREATE TYPE fact_state AS ENUM (
    'fire', 'fault', 'shielded', 'supervise', 'started', 'feedback', 'delayed', 'power_fault', 'main_power_fault',
    'backup_power_fault', 'bus_fault', 'manual', 'config_changed', 'reset', 'test', 'link_fault', 'line_fault');
CREATE TYPE operator_act AS ENUM (
    'reset', 'mute', 'manual_alarm', 'alarm_cleared', 'self_test', 'confirm', 'test', 'duty_answer');

-- One row per gateway, boot and lane: every sequence number whose message is stored, as ranges. A number in the
-- ranges is a duplicate; a hole between them is a gap. Compact, exact, and updated in the transaction of the facts.
CREATE TABLE message_ledger (
    gateway_id     text NOT NULL REFERENCES gateway,
    boot           text NOT NULL CHECK (length(boot) BETWEEN 1 AND 64),
    lane           lane NOT NULL,
    stored         int8multirange NOT NULL DEFAULT '{}',
    duplicates     bigint NOT NULL DEFAULT 0 CHECK (duplicates >= 0),   -- repeats seen, each without effect
    first_at       timestamptz NOT NULL,
    last_at        timestamptz NOT NULL,
    -- The running day, by the moment of the commit in Asia/Shanghai; a day that is over moves to message_day.
    day            date,                            -- null: nothing was counted by day yet
    day_first      bigint,                          -- the first number that the day accounts for
    day_counted    bigint NOT NULL DEFAULT 0,       -- by how much the highest number rose
    day_stored     bigint NOT NULL DEFAULT 0,       -- new messages
    day_late       bigint NOT NULL DEFAULT 0,       -- of those, what filled a gap
    day_repeats    bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (gateway_id, boot, lane)
) WITH (fillfactor = 70);
CREATE INDEX message_ledger_day ON message_ledger (day, gateway_id);

CREATE TYPE gap_state AS ENUM ('open', 'filled_late', 'given_up');

-- A part that comes after all is split off, so that each row has one state and each missing number stands in one row.
CREATE TABLE message_gap (
    gateway_id  text NOT NULL,
    boot        text NOT NULL,
    lane        lane NOT NULL,
    from_seq    bigint NOT NULL CHECK (from_seq >= 1),
    to_seq      bigint NOT NULL,                    -- inclusive
    seen_at     timestamptz NOT NULL,
    filled_at   timestamptz,                        -- it came after all
    given_up_at timestamptz,                        -- the gateway had its time to send again: it has it no more
    after_at    timestamptz,            -- when the message before the gap was stored; null: the boot began with it
    moved_at    timestamptz NOT NULL,   -- when it was seen, or when the last part of it came: giving up counts from here
    state       gap_state NOT NULL GENERATED ALWAYS AS (
        CASE WHEN filled_at IS NOT NULL THEN 'filled_late'::gap_state
             WHEN given_up_at IS NOT NULL THEN 'given_up'::gap_state
             ELSE 'open'::gap_state END) STORED,
    PRIMARY KEY (gateway_id, boot, lane, from_seq, to_seq),
    FOREIGN KEY (gateway_id, boot, lane) REFERENCES message_ledger,
    CHECK (to_seq >= from_seq)
);
CREATE INDEX message_gap_open ON message_gap (gateway_id) WHERE filled_at IS NULL;
CREATE INDEX message_gap_waiting ON message_gap (moved_at) WHERE state = 'open';
CREATE INDEX message_gap_asking ON message_gap (gateway_id) WHERE state = 'open';
CREATE INDEX message_gap_seen ON message_gap (seen_at);

CREATE TABLE message_day (
    day         date NOT NULL,
    gateway_id  text NOT NULL,
    boot        text NOT NULL,
    lane        lane NOT NULL,
    first_seq   bigint NOT NULL,
    last_seq    bigint NOT NULL,        -- below first_seq: nothing but repeats and late messages came
    counted     bigint NOT NULL CHECK (counted >= 0),
    stored      bigint NOT NULL CHECK (stored >= 0),
    late        bigint NOT NULL CHECK (late BETWEEN 0 AND stored),
    repeats     bigint NOT NULL CHECK (repeats >= 0),
    PRIMARY KEY (day, gateway_id, boot, lane),
    FOREIGN KEY (gateway_id, boot, lane) REFERENCES message_ledger
);

-- Every day of every stream, the running one too. Clocks that disagree at midnight can make two rows of one day: add.
CREATE VIEW message_daily AS
    SELECT day, gateway_id, boot, lane, first_seq, last_seq, counted, stored, late, repeats FROM message_day
    UNION ALL
    SELECT day, gateway_id, boot, lane, day_first, upper(stored) - 1, day_counted, day_stored, day_late, day_repeats
    FROM message_ledger WHERE day IS NOT NULL;

-- Whom ingest asks to send again what is not confirmed, and when it last did: one pace for all workers together.
CREATE TABLE resend_request (
    gateway_id  text PRIMARY KEY REFERENCES gateway,
    wanted_at   timestamptz,            -- since when it is wanted, gap or no gap: the broker had lost our session
    asked_at    timestamptz,            -- when the last command was published
    asked       bigint NOT NULL DEFAULT 0 CHECK (asked >= 0)
) WITH (fillfactor = 70);

CREATE TABLE reading (
    point_id     bigint NOT NULL,
    quantity     smallint NOT NULL,        -- ingest.facts.Quantity
    at           timestamptz NOT NULL,     -- device time
    value        double precision NOT NULL CHECK (value <> 'NaN' AND value <> 'Infinity' AND value <> '-Infinity'),
    sent_at      timestamptz NOT NULL,     -- gateway time
    received_at  timestamptz NOT NULL
);
SELECT create_hypertable('reading', 'at', chunk_time_interval => interval '1 day', create_default_indexes => false);
CREATE INDEX reading_point_at ON reading (point_id, at DESC);

-- Tells readers which points have new readings, once per transaction, so that none has to search the hypertable.
CREATE TABLE reading_batch (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid           xid8 NOT NULL DEFAULT pg_current_xact_id(),
    committed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    point_ids     bigint[] NOT NULL,
    rows          integer NOT NULL CHECK (rows > 0),
    at_min        timestamptz NOT NULL,
    at_max        timestamptz NOT NULL
);
CREATE INDEX reading_batch_xid ON reading_batch (xid);
CREATE INDEX reading_batch_committed ON reading_batch (committed_at);

-- One rise or fall of one state of one point. `xid` lets readers follow commits (docs/adr/0002).
CREATE TABLE state_change (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    xid           xid8 NOT NULL DEFAULT pg_current_xact_id(),
    gateway_id    text NOT NULL,
    venue_id      bigint NOT NULL,
    point_id      bigint,                  -- null: an act of the control room, such as a manual alarm without a point
    state         fact_state NOT NULL,
    raised        boolean NOT NULL,        -- true: it came, false: it went
    at            timestamptz NOT NULL,    -- device time, or receive time where the device's cannot be true
    device_at     timestamptz NOT NULL,    -- what the device said
    sent_at       timestamptz NOT NULL,    -- gateway time
    received_at   timestamptz NOT NULL,
    committed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    boot          text NOT NULL,
    lane          lane NOT NULL,
    seq           bigint NOT NULL,
    PRIMARY KEY (received_at, id)
);
SELECT create_hypertable('state_change', 'received_at', chunk_time_interval => interval '7 days',
                         create_default_indexes => false);
CREATE INDEX state_change_xid ON state_change (xid);
CREATE INDEX state_change_point ON state_change (point_id, received_at DESC);
CREATE INDEX state_change_venue ON state_change (venue_id, received_at DESC);

CREATE TABLE operator_action (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid           xid8 NOT NULL DEFAULT pg_current_xact_id(),
    gateway_id    text NOT NULL REFERENCES gateway,
    venue_id      bigint NOT NULL,
    action        operator_act NOT NULL,
    operator      text NOT NULL DEFAULT '',
    at            timestamptz NOT NULL,
    device_at     timestamptz NOT NULL,
    sent_at       timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    committed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    boot          text NOT NULL,
    lane          lane NOT NULL,
    seq           bigint NOT NULL
);
CREATE INDEX operator_action_xid ON operator_action (xid);
CREATE INDEX operator_action_gateway ON operator_action (gateway_id, received_at DESC);

CREATE TABLE command_reply (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    gateway_id    text NOT NULL REFERENCES gateway,
    command       text NOT NULL,
    result        text NOT NULL,
    detail        text NOT NULL DEFAULT '',
    at            timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    boot          text NOT NULL,
    seq           bigint NOT NULL
);
CREATE INDEX command_reply_command ON command_reply (gateway_id, command);

-- What could not be taken at its word: kept whole, with the reason, and acknowledged.
CREATE TABLE quarantine (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at  timestamptz NOT NULL,
    topic        text NOT NULL,
    gateway_id   text,                     -- as the topic names it; may be unknown to the register
    reason       text NOT NULL,            -- ingest.facts.Rejection
    detail       text NOT NULL,
    payload      bytea NOT NULL,           -- cut at 64 KiB
    payload_size integer NOT NULL
);
CREATE INDEX quarantine_received ON quarantine (received_at DESC);
CREATE INDEX quarantine_gateway ON quarantine (gateway_id, received_at DESC);

CREATE TABLE gateway_liveness (
    gateway_id    text PRIMARY KEY REFERENCES gateway,
    heard_at      timestamptz NOT NULL,    -- receive time of the newest message of any kind
    boot          text,
    online        boolean NOT NULL,        -- false: the broker published the gateway's last will
    clock_skew_s  double precision,        -- gateway time minus receive time of the newest live message
    changed_at    timestamptz NOT NULL     -- of `online`
) WITH (fillfactor = 60);

-- Proof that somebody listens. Silence of a gateway means something only while ingest itself is heard.
CREATE TABLE ingest_worker (
    worker          text NOT NULL,
    connection      text NOT NULL CHECK (connection IN ('alarm', 'bulk', 'gb26875')),
    watching_since  timestamptz NOT NULL,
    beat_at         timestamptz NOT NULL,
    PRIMARY KEY (worker, connection)
) WITH (fillfactor = 60);

-- What needs a person now. Written by the desk; officers' acts come in through the api.

-- How far a reader has followed the tables above it: everything visible in `snapshot` has been read.
CREATE TABLE reader_cursor (
    reader      text PRIMARY KEY,
    snapshot    pg_snapshot NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 60);

-- What can be wrong with a point or a gateway: the states that last, and two that only the desk knows.
CREATE TYPE condition AS ENUM (
    'fire', 'manual_alarm', 'fault', 'shielded', 'supervise', 'started', 'feedback', 'delayed', 'power_fault',
    'main_power_fault', 'backup_power_fault', 'bus_fault', 'manual', 'link_fault', 'line_fault', 'test', 'offline');

-- One stretch of time during which one condition of one point held.
CREATE TABLE episode (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    venue_id     bigint NOT NULL REFERENCES venue,
    gateway_id   text NOT NULL REFERENCES gateway,
    point_id     bigint REFERENCES point,
    kind         condition NOT NULL,
    raised_at    timestamptz NOT NULL,
    cleared_at   timestamptz,
    raises       integer NOT NULL DEFAULT 1 CHECK (raises >= 1),
    last_raised_at timestamptz NOT NULL,
    incident_id  bigint,
    late         boolean NOT NULL DEFAULT false,    -- whether the fact that began it was already old when it came
    CHECK (cleared_at >= raised_at)
);
CREATE UNIQUE INDEX episode_open ON episode (venue_id, gateway_id, point_id, kind) NULLS NOT DISTINCT
    WHERE cleared_at IS NULL;
CREATE INDEX episode_venue ON episode (venue_id, raised_at DESC);
CREATE INDEX episode_last ON episode (gateway_id, point_id, kind, raised_at DESC);

CREATE TYPE incident_state AS ENUM (
    'new',      -- shown, nobody has it
    'taken',    -- from new: an officer has it
    'closed'    -- from new: it recovered by itself; from new or taken: an officer judged it
);

CREATE TYPE incident_class AS ENUM (
    'real_fire', 'false_alarm', 'test', 'maintenance', 'malicious', 'fault', 'recovered', 'other');

CREATE TABLE incident (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    venue_id      bigint NOT NULL REFERENCES venue,
    gateway_id    text NOT NULL REFERENCES gateway,
    point_id      bigint REFERENCES point,
    kind          condition NOT NULL,
    priority      smallint NOT NULL CHECK (priority BETWEEN 1 AND 5),   -- 1 is fire
    state         incident_state NOT NULL DEFAULT 'new',
    late          boolean NOT NULL DEFAULT false,   -- the fact was old when it came: no new-alarm sound
    raises        integer NOT NULL DEFAULT 1 CHECK (raises >= 1),
    occurred_at   timestamptz NOT NULL,   -- by the fact
    received_at   timestamptz NOT NULL,
    committed_at  timestamptz NOT NULL,
    opened_at     timestamptz NOT NULL,   -- by the desk
    recovered_at  timestamptz,            -- the condition ended by itself
    taken_at      timestamptz,
    taken_by      text,
    closed_at     timestamptz,
    closed_by     text,
    class         incident_class,
    note          text NOT NULL DEFAULT '',
    CHECK ((taken_at IS NULL) = (taken_by IS NULL)),
    CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    CHECK ((closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (class IS NULL)),
    CHECK (state <> 'taken' OR taken_at IS NOT NULL)
);
CREATE UNIQUE INDEX incident_one_open ON incident (venue_id, gateway_id, point_id, kind) NULLS NOT DISTINCT
    WHERE state <> 'closed';
CREATE INDEX incident_open_order ON incident (priority, opened_at DESC, id DESC) WHERE state <> 'closed';
CREATE INDEX incident_opened ON incident (opened_at DESC, id DESC);
CREATE INDEX incident_venue ON incident (venue_id, opened_at DESC);

ALTER TABLE episode ADD FOREIGN KEY (incident_id) REFERENCES incident;

-- Everything that was ever done to an incident. Rows are added, never changed (a trigger and the roles see to it).
CREATE TABLE incident_action (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id  bigint NOT NULL REFERENCES incident,
    at           timestamptz NOT NULL,
    actor        text NOT NULL,            -- a user's name, or 'system'
    action       text NOT NULL,            -- desk.incidents.Act
    reason       text NOT NULL DEFAULT '',
    detail       jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX incident_action_incident ON incident_action (incident_id, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER incident_action_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON incident_action
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What happened, for whoever watches: the event stream reads it, resumes from it, and loses nothing.
CREATE TABLE event (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid          xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind         text NOT NULL,            -- incident.opened, incident.taken, …, risk.changed
    venue_id     bigint,
    incident_id  bigint,
    data         jsonb NOT NULL
);
CREATE INDEX event_xid ON event (xid);
CREATE INDEX event_at ON event (at);

-- How dangerous is each venue, and why. Written by risk.
CREATE TYPE grade AS ENUM ('A', 'B', 'C', 'D');

CREATE TABLE risk_score (
    venue_id    bigint PRIMARY KEY REFERENCES venue,
    at          timestamptz NOT NULL,
    score       numeric(4, 1) NOT NULL CHECK (score BETWEEN 0 AND 100),
    grade       grade NOT NULL,
    confidence  numeric(3, 2) NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    factors     jsonb NOT NULL,            -- [{"code", "points", "evidence"}]: the points add up to the score
    triggers    jsonb NOT NULL DEFAULT '[]',   -- [{"code", "evidence"}]: why the grade is worse than the score says
    doubts      jsonb NOT NULL DEFAULT '[]',   -- [{"code", "lost", "evidence"}]: what the confidence lacks
    version     text NOT NULL              -- of the scorecard
) WITH (fillfactor = 60);
CREATE INDEX risk_score_rank ON risk_score (grade DESC, score DESC, venue_id);

CREATE TABLE risk_score_history (
    venue_id    bigint NOT NULL REFERENCES venue,
    at          timestamptz NOT NULL,
    score       numeric(4, 1) NOT NULL,
    grade       grade NOT NULL,
    confidence  numeric(3, 2) NOT NULL,
    factors     jsonb NOT NULL,
    triggers    jsonb NOT NULL DEFAULT '[]',
    doubts      jsonb NOT NULL DEFAULT '[]',
    version     text NOT NULL,
    PRIMARY KEY (venue_id, at)
);

-- Who may know it, and what did they do. Written by the api.
CREATE TYPE user_role AS ENUM ('duty_officer', 'supervisor', 'integrator', 'administrator', 'viewer');

CREATE TABLE app_user (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name           text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9_.@-]{1,64}$'),
    role           user_role NOT NULL,
    password_hash  text NOT NULL,          -- Argon2id
    must_change    boolean NOT NULL DEFAULT false,   -- the password was given out by the system, once
    language       text NOT NULL DEFAULT 'zh' CHECK (language IN ('zh', 'en')),
    disabled       boolean NOT NULL DEFAULT false,
    created_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE user_session (
    token_hash  bytea PRIMARY KEY,         -- SHA-256 of the cookie
    user_id     bigint NOT NULL REFERENCES app_user ON DELETE CASCADE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL
);
CREATE INDEX user_session_expires ON user_session (expires_at);

CREATE TABLE api_key (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE CHECK (name <> ''),
    key_hash    bytea NOT NULL UNIQUE,     -- SHA-256 of the key
    scopes      text[] NOT NULL CHECK (cardinality(scopes) > 0),
    created_by  text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz,
    revoked_at  timestamptz
);

CREATE TABLE audit (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor    text NOT NULL,
    action   text NOT NULL,
    target   text NOT NULL,
    outcome  text NOT NULL,                -- done, refused: why
    detail   jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_at ON audit (at DESC);
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- One role per process. Each may write what its room owns and read what lies above it, and no more.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['fw_ingest', 'fw_desk', 'fw_risk', 'fw_api'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
        EXECUTE format('GRANT %I TO CURRENT_USER', name);
    END LOOP;
END $$;

GRANT SELECT ON schema_migration TO fw_ingest, fw_desk, fw_risk, fw_api;
GRANT USAGE ON SCHEMA public TO fw_ingest, fw_desk, fw_risk, fw_api;

GRANT SELECT ON venue, building, control_room, gateway, facility_system, point TO fw_ingest, fw_desk, fw_risk, fw_api;
GRANT SELECT ON message_ledger, message_gap, reading, reading_batch, state_change, operator_action, command_reply,
    gateway_liveness, ingest_worker TO fw_ingest, fw_desk, fw_risk, fw_api;
GRANT SELECT ON episode, incident, incident_action, event TO fw_desk, fw_risk, fw_api;
GRANT SELECT ON reader_cursor TO fw_desk, fw_risk;
GRANT SELECT ON risk_score, risk_score_history TO fw_risk, fw_api;
GRANT SELECT ON quarantine TO fw_ingest, fw_api;

GRANT INSERT ON point TO fw_ingest;
GRANT INSERT, UPDATE ON message_ledger, message_gap, gateway_liveness, ingest_worker TO fw_ingest;
GRANT DELETE ON reading_batch, ingest_worker TO fw_ingest;
GRANT SELECT ON message_day, message_daily, resend_request TO fw_ingest, fw_desk, fw_risk, fw_api;
GRANT INSERT, UPDATE ON message_day, resend_request TO fw_ingest;
GRANT INSERT ON reading, reading_batch, state_change, operator_action, command_reply, quarantine TO fw_ingest;

GRANT INSERT, UPDATE ON reader_cursor TO fw_desk, fw_risk;
GRANT INSERT, UPDATE ON episode, incident TO fw_desk;
GRANT INSERT ON incident_action, event TO fw_desk, fw_api;
GRANT DELETE ON event TO fw_desk;
GRANT UPDATE ON incident TO fw_api;

GRANT INSERT, UPDATE ON risk_score TO fw_risk;
GRANT INSERT ON risk_score_history, event TO fw_risk;

GRANT INSERT, UPDATE, DELETE ON venue, building, control_room, gateway, facility_system, point TO fw_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON app_user, user_session, api_key TO fw_api;
GRANT SELECT, INSERT ON audit TO fw_api;

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
        WHEN 'raw' THEN keep >= interval '30 days'          -- quarantined payloads, frames of devices
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
        WHEN 'incidents' THEN 'state_change' WHEN 'raw' THEN 'raw_frame' END;
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

-- Indexes that migrations make without blocking writers (migrations/concurrently.sql).
CREATE INDEX episode_incident ON episode (incident_id, raised_at);
CREATE INDEX risk_score_history_at ON risk_score_history USING brin (at);

-- How each process is doing: processes meet only in the database, so each writes its own figures there.
CREATE TABLE process_figures (
    process       text NOT NULL CHECK (process ~ '^[a-z_]{1,32}$'),
    worker        text NOT NULL CHECK (worker ~ '^[A-Za-z0-9_-]{1,32}$'),
    standby       boolean NOT NULL,          -- waits until the one that works under its name has ended
    version       text NOT NULL,
    started_at    timestamptz NOT NULL,
    at            timestamptz NOT NULL,      -- of the last report
    every_s       real NOT NULL CHECK (every_s > 0),
    ended_at      timestamptz,               -- it was asked to end, and did
    last_error    text CHECK (length(last_error) <= 300),
    last_error_at timestamptz,
    figures       jsonb NOT NULL,            -- by series, as on its /metrics
    before        jsonb NOT NULL,            -- the same of about a minute earlier, of the same run
    before_at     timestamptz NOT NULL,
    PRIMARY KEY (process, worker, standby)
);

-- A day of them, one a minute, without the buckets of histograms: for the plots.
CREATE TABLE process_figures_minute (
    process text NOT NULL,
    worker  text NOT NULL,
    at      timestamptz NOT NULL,
    figures jsonb NOT NULL,
    PRIMARY KEY (process, worker, at)
);
CREATE INDEX process_figures_minute_at ON process_figures_minute (at);

GRANT SELECT, INSERT, UPDATE, DELETE ON process_figures TO fw_ingest, fw_desk, fw_risk, fw_api, fw_upkeep;
GRANT SELECT, INSERT, DELETE ON process_figures_minute TO fw_ingest, fw_desk, fw_risk, fw_api, fw_upkeep;

-- Gateways that speak GB/T 26875.3: who they are, what came from them byte by byte, and what the platform asked of any gateway.

-- One without a row here speaks MQTT.
CREATE TABLE gb_device (
    gateway_id      text PRIMARY KEY REFERENCES gateway ON DELETE CASCADE,
    source_address  bigint NOT NULL CHECK (source_address BETWEEN 0 AND 281474976710655),   -- the six bytes of its frames
    peer            cidr,                                       -- from where it may speak; null: from anywhere
    profile         text NOT NULL DEFAULT 'standard' CHECK (profile ~ '^[a-z0-9-]{1,64}$'),
    created_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (source_address, peer)
);

-- Who speaks GB/T 26875.3 to us and is not in the register, for adoption. What they said is in quarantine.
CREATE TABLE gb_unknown (
    source_address  bigint NOT NULL CHECK (source_address BETWEEN 0 AND 281474976710655),
    peer            inet NOT NULL,
    transport       text NOT NULL CHECK (transport IN ('tcp', 'udp')),
    first_at        timestamptz NOT NULL,
    last_at         timestamptz NOT NULL,
    frames          bigint NOT NULL CHECK (frames >= 1),
    last_frame      bytea NOT NULL CHECK (length(last_frame) <= 1054),
    PRIMARY KEY (source_address, peer)
) WITH (fillfactor = 70);

-- Every frame that holds more than a heartbeat, as it came. The facts that it became have its gateway, receive time,
-- boot, lane and seq.
CREATE TABLE raw_frame (
    gateway_id    text NOT NULL,
    boot          text NOT NULL,
    lane          lane NOT NULL,
    seq           bigint NOT NULL,                  -- given by ingest: the protocol has no number that lasts
    received_at   timestamptz NOT NULL,
    committed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    transport     text NOT NULL CHECK (transport IN ('tcp', 'udp')),
    peer          inet NOT NULL,
    serial        integer NOT NULL CHECK (serial BETWEEN 0 AND 65535),
    command       smallint NOT NULL CHECK (command BETWEEN 0 AND 255),
    type          smallint CHECK (type BETWEEN 0 AND 255),      -- null: the application unit has none
    digest        bigint NOT NULL,                  -- of serial, command and application unit: a resend has the same
    undecoded     text,                             -- why what it says has no effect; null: all of it was understood
    frame         bytea NOT NULL CHECK (length(frame) BETWEEN 30 AND 1054)
);
SELECT create_hypertable('raw_frame', 'received_at', chunk_time_interval => interval '7 days', create_default_indexes => false);
CREATE INDEX raw_frame_gateway ON raw_frame (gateway_id, received_at DESC);
CREATE INDEX raw_frame_digest ON raw_frame (digest);

-- Which states the last frame about a point left set, so that the next one clears what it no longer holds.
CREATE TABLE component_state (
    point_id    bigint PRIMARY KEY REFERENCES point ON DELETE CASCADE,
    states      fact_state[] NOT NULL,
    changed_at  timestamptz NOT NULL
) WITH (fillfactor = 70);

-- How each device is connected now, or was last, and why that ended.
CREATE TABLE device_link (
    gateway_id    text PRIMARY KEY REFERENCES gateway ON DELETE CASCADE,
    worker        text NOT NULL,
    transport     text NOT NULL CHECK (transport IN ('tcp', 'udp')),
    peer          inet NOT NULL,
    port          integer NOT NULL CHECK (port BETWEEN 0 AND 65535),
    since_at      timestamptz NOT NULL,
    ended_at      timestamptz,
    end_reason    text
) WITH (fillfactor = 70);

CREATE TYPE command_state AS ENUM (
    'unconfirmed',      -- asked for; an administrator has to confirm it
    'waiting',          -- to be sent, or to be sent again
    'sent',             -- on its way; answered within ten seconds or sent again
    'accepted',         -- the device has it; what a person must do is still to come
    'answered',
    'refused',          -- the device denied it or cannot do it
    'timed_out',        -- sent as often as allowed, and not answered
    'missed',           -- a duty check that nobody at the control room answered in time
    'not_sent',         -- the gateway was never connected before the deadline
    'withdrawn');       -- not confirmed in time, or taken back

-- What was asked of a gateway, over whichever transport, by whom, and what became of it.
CREATE TABLE gateway_command (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    gateway_id    text NOT NULL REFERENCES gateway,
    command       text NOT NULL CHECK (command IN (
        'read_system_state', 'read_component_state', 'read_analog', 'read_operations', 'read_system_version',
        'read_system_config', 'read_component_config', 'read_system_time', 'read_device_state',
        'read_device_operations', 'read_device_version', 'read_device_config', 'read_device_time', 'initialise',
        'clock_sync', 'duty_check')),
    args          jsonb NOT NULL DEFAULT '{}',
    asked_by      text NOT NULL CHECK (asked_by <> ''),         -- 'platform' where no person did
    asked_at      timestamptz NOT NULL,
    confirmed_by  text,
    confirmed_at  timestamptz,
    state         command_state NOT NULL DEFAULT 'waiting',
    due_at        timestamptz NOT NULL,                         -- when something has to be done about it next
    deadline_at   timestamptz NOT NULL,
    attempts      smallint NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    first_sent_at timestamptz,
    sent_at       timestamptz,                                  -- the last time
    worker        text,                                         -- which process of ingest sent it
    accepted_at   timestamptz,
    ended_at      timestamptz,
    result        text NOT NULL DEFAULT '',
    detail        text NOT NULL DEFAULT '',
    CHECK (command <> 'initialise' OR state IN ('unconfirmed', 'withdrawn') OR confirmed_by IS NOT NULL),
    CHECK ((ended_at IS NULL) = (state IN ('unconfirmed', 'waiting', 'sent', 'accepted')))
) WITH (fillfactor = 70);
CREATE INDEX gateway_command_due ON gateway_command (due_at) WHERE ended_at IS NULL;
CREATE INDEX gateway_command_gateway ON gateway_command (gateway_id, asked_at DESC);
CREATE INDEX gateway_command_asked ON gateway_command (asked_at);

GRANT SELECT ON gb_device, gb_unknown, raw_frame, device_link, gateway_command TO fw_ingest, fw_desk, fw_risk, fw_api;
GRANT SELECT, INSERT, UPDATE ON component_state TO fw_ingest;
GRANT INSERT, UPDATE, DELETE ON gb_device TO fw_api;
GRANT INSERT, UPDATE, DELETE ON gb_unknown TO fw_ingest;
GRANT DELETE ON gb_unknown TO fw_api;
GRANT INSERT ON raw_frame TO fw_ingest;
GRANT INSERT, UPDATE ON device_link, gateway_command TO fw_ingest;
GRANT INSERT, UPDATE ON gateway_command TO fw_api;

-- Commands to gateways: what the platform asks by itself, who is told of changes, and how long they are kept.

ALTER TABLE gateway_command
    ADD COLUMN late_at timestamptz,     -- an answer came when it was over, and changed nothing
    ADD COLUMN boot text;               -- of the platform's own: which life of the gateway was asked

DROP INDEX gateway_command_gateway;
CREATE INDEX gateway_command_gateway ON gateway_command (gateway_id, id DESC);
CREATE INDEX gateway_command_own ON gateway_command (gateway_id, command, asked_at DESC) WHERE asked_by = 'platform';
-- The platform does not ask again while it waits.
CREATE UNIQUE INDEX gateway_command_own_open ON gateway_command (gateway_id, command)
    WHERE asked_by = 'platform' AND ended_at IS NULL;

-- Whoever sends is woken, and the event stream hears of what a person asked for. The platform's own asks, some ten
-- thousand a day in a city, are no events.
CREATE FUNCTION tell_of_command() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'waiting' THEN
        PERFORM pg_notify('fw_command', '');
    END IF;
    IF NEW.asked_by <> 'platform' THEN
        INSERT INTO event (kind, venue_id, data)
        SELECT 'command.changed', venue_id, jsonb_build_object(
            'id', NEW.id, 'gateway_id', NEW.gateway_id, 'command', NEW.command, 'state', NEW.state)
        FROM gateway WHERE id = NEW.gateway_id;
        PERFORM pg_notify('fw_event', '');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER gateway_command_asked_for AFTER INSERT ON gateway_command
    FOR EACH ROW EXECUTE FUNCTION tell_of_command();
CREATE TRIGGER gateway_command_changed AFTER UPDATE ON gateway_command
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.attempts IS DISTINCT FROM NEW.attempts
        OR OLD.late_at IS DISTINCT FROM NEW.late_at)
    EXECUTE FUNCTION tell_of_command();
GRANT INSERT ON event TO fw_ingest;
GRANT UPDATE (name) ON point TO fw_ingest;

-- What a person asked for is kept as long as incidents; what the platform asked by itself, a month.
GRANT SELECT, DELETE ON gateway_command TO fw_keeper;
GRANT CREATE ON SCHEMA public TO fw_keeper;
CREATE FUNCTION forget_commands(rows_max integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE n bigint; m bigint; before timestamptz := kept_since('incidents');
BEGIN
    DELETE FROM gateway_command WHERE id IN (
        SELECT id FROM gateway_command WHERE asked_at < before AND ended_at < before ORDER BY asked_at LIMIT rows_max);
    GET DIAGNOSTICS n = ROW_COUNT;
    before := now() - interval '30 days';
    DELETE FROM gateway_command WHERE id IN (
        SELECT id FROM gateway_command WHERE asked_by = 'platform' AND asked_at < before AND ended_at < before
        ORDER BY asked_at LIMIT rows_max);
    GET DIAGNOSTICS m = ROW_COUNT;
    RETURN n + m;
END $$;
ALTER FUNCTION forget_commands(integer) OWNER TO fw_keeper;
REVOKE CREATE ON SCHEMA public FROM fw_keeper;
REVOKE EXECUTE ON FUNCTION forget_commands(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_commands(integer) TO fw_upkeep;

-- How long it is kept what devices said, byte by byte, and which of them nobody knew.

GRANT SELECT ON gb_device, gb_unknown, raw_frame, component_state, device_link, gateway_command,
    ingest_worker TO fw_upkeep;
GRANT SELECT, DELETE ON gb_unknown TO fw_keeper;
GRANT SELECT ON component_state TO fw_api;

-- For whoever looks for what was not understood: few frames, of any gateway.
CREATE INDEX raw_frame_undecoded ON raw_frame (received_at DESC) WHERE undecoded IS NOT NULL;

GRANT CREATE ON SCHEMA public TO fw_keeper;

-- Devices that nobody adopted and that have not been heard for a month.
CREATE FUNCTION forget_unknown(rows_max integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE n bigint;
BEGIN
    DELETE FROM gb_unknown WHERE (source_address, peer) IN (
        SELECT source_address, peer FROM gb_unknown WHERE last_at < now() - interval '30 days' LIMIT rows_max);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

ALTER FUNCTION forget_unknown(integer) OWNER TO fw_keeper;
REVOKE CREATE ON SCHEMA public FROM fw_keeper;
REVOKE EXECUTE ON FUNCTION forget_unknown(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_unknown(integer) TO fw_upkeep;

-- Risk that is explained: the facts behind every score, the state that is folded from them, rules, models, choices.

-- What risk knows of a venue, in the order in which it learnt it: the only input of its state. `number` is dense for
-- each venue, so that the state tells a repeat from news, and a replay of these rows gives every score again.
CREATE TABLE risk_fact (
    venue_id    bigint NOT NULL REFERENCES venue,
    number      bigint NOT NULL CHECK (number >= 1),
    at          timestamptz NOT NULL,      -- when it happened
    stepped_at  timestamptz NOT NULL,      -- the `now` of the step that took it in: the venue was scored as of then
    kind        text NOT NULL,             -- risk.state.facts
    source      text NOT NULL,             -- where it comes from: episode, incident, command, record, register, water, …
    source_id   text NOT NULL,             -- and which one of them
    data        jsonb NOT NULL,
    PRIMARY KEY (venue_id, number)
);
CREATE INDEX risk_fact_source ON risk_fact (source, source_id);
CREATE INDEX risk_fact_stepped ON risk_fact USING brin (stepped_at);

-- The state of a venue after its fact `number`. It can always be made again from risk_fact.
CREATE TABLE risk_state (
    venue_id  bigint PRIMARY KEY REFERENCES venue,
    number    bigint NOT NULL,
    version   text NOT NULL,               -- of the state's format
    state     bytea NOT NULL
) WITH (fillfactor = 60);

-- What is known of one water sensor: its baseline and what is open. Made from readings.
CREATE TABLE risk_sensor (
    point_id  bigint PRIMARY KEY REFERENCES point,
    venue_id  bigint NOT NULL REFERENCES venue,
    version   text NOT NULL,
    state     bytea NOT NULL
) WITH (fillfactor = 60);
CREATE INDEX risk_sensor_venue ON risk_sensor (venue_id);

-- What others know of a venue: fires of the brigade, inspections, violations, complaints, orders. Imported; the key of
-- the source makes a repeat harmless.
CREATE TABLE risk_record (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid          xid8 NOT NULL DEFAULT pg_current_xact_id(),
    venue_id     bigint NOT NULL REFERENCES venue,
    source       text NOT NULL CHECK (source <> ''),
    key          text NOT NULL CHECK (key <> ''),
    kind         text NOT NULL CHECK (kind IN (
        'fire', 'alarm', 'false_alarm', 'fault', 'inspection', 'violation', 'complaint', 'order', 'order_closed',
        'other')),
    at           timestamptz NOT NULL,
    due_at       timestamptz,              -- of an order
    imported_at  timestamptz NOT NULL DEFAULT now(),
    imported_by  text NOT NULL,
    UNIQUE (source, key)
);
CREATE INDEX risk_record_xid ON risk_record (xid);
CREATE INDEX risk_record_venue ON risk_record (venue_id, at DESC);

-- A score has a base, what a typical venue scores, and factors that add to it or take from it.
ALTER TABLE risk_score
    ADD COLUMN base numeric(4, 1) NOT NULL DEFAULT 0,
    ADD COLUMN band grade,                      -- by the score alone, before triggers, waiting times and overrides
    ADD COLUMN grade_since timestamptz,
    ADD COLUMN rate double precision,           -- expected fires in the next 90 days
    ADD COLUMN uncontrolled double precision,   -- P(a fire gets out of control), by the state of the facilities
    ADD COLUMN consequence double precision,    -- times what a fire in an ordinary venue does
    ADD COLUMN coverage numeric(3, 2),          -- share of what should report that does
    ADD COLUMN hits jsonb NOT NULL DEFAULT '[]',            -- rules that hold
    ADD COLUMN counterfactuals jsonb NOT NULL DEFAULT '[]', -- what each repair would change
    ADD COLUMN rank_low integer,                -- 90 % interval of the rank
    ADD COLUMN rank_high integer,
    ADD COLUMN override_id bigint;
ALTER TABLE risk_score_history
    ADD COLUMN base numeric(4, 1) NOT NULL DEFAULT 0,
    ADD COLUMN band grade,
    ADD COLUMN rate double precision,
    ADD COLUMN uncontrolled double precision,
    ADD COLUMN consequence double precision,
    ADD COLUMN coverage numeric(3, 2),
    ADD COLUMN hits jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN counterfactuals jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN override_id bigint;

-- How far R is stretched to 0..100 in each quarter, so that scores of one quarter can be compared.
CREATE TABLE risk_scale (
    quarter   date PRIMARY KEY,            -- its first day, Asia/Shanghai
    k         double precision NOT NULL CHECK (k > 0),
    venues    integer NOT NULL,
    fixed_at  timestamptz NOT NULL
);

-- Models are data: coefficients, trees, calibration, with the card that says how they were made and what they can do.
CREATE TABLE risk_model (
    version       text PRIMARY KEY CHECK (version <> ''),
    kind          text NOT NULL CHECK (kind IN ('prior', 'map', 'boosted')),
    made_at       timestamptz NOT NULL,
    data_version  text NOT NULL,           -- digest of the rows it learnt from
    body          jsonb NOT NULL,
    card          jsonb NOT NULL
);
-- Which model scores: the newest act says so. Rows are added, never changed.
CREATE TABLE risk_model_act (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid      xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at       timestamptz NOT NULL,
    act      text NOT NULL CHECK (act IN ('promoted', 'rolled_back', 'frozen', 'released')),
    version  text NOT NULL REFERENCES risk_model,
    actor    text NOT NULL CHECK (actor <> ''),
    reason   text NOT NULL CHECK (reason <> '')
);
CREATE TRIGGER risk_model_act_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON risk_model_act
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What each guard found, once a day.
CREATE TABLE risk_guard (
    day     date NOT NULL,
    name    text NOT NULL,
    value   double precision,              -- null: too little data to say
    low     double precision,
    high    double precision,
    fired   boolean NOT NULL,
    detail  jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (day, name)
);

-- Whom somebody chose to look at, by chance and by risk, with the probability that each venue had.
CREATE TABLE risk_choice_round (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    made_at      timestamptz NOT NULL,
    made_by      text NOT NULL CHECK (made_by <> ''),
    purpose      text NOT NULL DEFAULT '',
    size         integer NOT NULL CHECK (size > 0),
    exploration  double precision NOT NULL CHECK (exploration BETWEEN 0.1 AND 1),
    frame_hash   text NOT NULL,
    commitment   text NOT NULL,
    nonce        text NOT NULL,
    seed         text NOT NULL,
    model        text NOT NULL
);
CREATE TABLE risk_choice (
    round_id     bigint NOT NULL REFERENCES risk_choice_round,
    venue_id     bigint NOT NULL REFERENCES venue,
    probability  double precision NOT NULL CHECK (probability > 0 AND probability <= 1),
    score        numeric(4, 1) NOT NULL,
    rank         integer NOT NULL,
    chosen       boolean NOT NULL,
    by_chance    boolean NOT NULL DEFAULT false,   -- chosen, and would not have been by rank alone
    PRIMARY KEY (round_id, venue_id)
);

-- What a grade calls for, as proposals that a person decides on.
CREATE TABLE risk_proposal (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    venue_id     bigint NOT NULL REFERENCES venue,
    kind         text NOT NULL CHECK (kind IN (
        'duty_checks', 'fault_follow_up', 'reminder', 'interview', 'visit', 'hazard_determination', 'admonition')),
    grade        grade NOT NULL,
    because      jsonb NOT NULL,           -- codes and numbers of the score that called for it
    proposed_at  timestamptz NOT NULL,
    due_at       timestamptz,
    state        text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'declined', 'lapsed')),
    decided_at   timestamptz,
    decided_by   text,
    reason       text NOT NULL DEFAULT '',
    CHECK ((state IN ('accepted', 'declined')) = (decided_by IS NOT NULL)),
    CHECK ((state = 'open') = (decided_at IS NULL)),
    CHECK (state <> 'declined' OR reason <> '')
);
CREATE UNIQUE INDEX risk_proposal_one_open ON risk_proposal (venue_id, kind) WHERE state = 'open';
CREATE INDEX risk_proposal_open ON risk_proposal (due_at) WHERE state = 'open';
CREATE INDEX risk_proposal_venue ON risk_proposal (venue_id, proposed_at DESC);

-- An officer knows better, for thirty days at most, and says why.
CREATE TABLE risk_override (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid       xid8 NOT NULL DEFAULT pg_current_xact_id(),
    venue_id  bigint NOT NULL REFERENCES venue,
    grade     grade,                       -- null: the override ends
    reason    text NOT NULL CHECK (reason <> ''),
    actor     text NOT NULL CHECK (actor <> ''),
    at        timestamptz NOT NULL,
    until     timestamptz NOT NULL,
    CHECK (until > at AND until <= at + interval '30 days')
);
CREATE INDEX risk_override_xid ON risk_override (xid);
CREATE INDEX risk_override_venue ON risk_override (venue_id, id DESC);
CREATE TRIGGER risk_override_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON risk_override
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT ON risk_fact, risk_record, risk_scale, risk_model, risk_model_act, risk_guard, risk_choice_round,
    risk_choice, risk_proposal, risk_override, risk_state, risk_sensor TO fw_risk, fw_api;
GRANT INSERT ON risk_fact, risk_scale, risk_model, risk_model_act TO fw_risk;
GRANT INSERT, UPDATE ON risk_state, risk_sensor, risk_guard, risk_proposal TO fw_risk;
GRANT INSERT ON risk_record, risk_choice_round, risk_choice, risk_override, risk_model_act TO fw_api;
GRANT UPDATE ON risk_proposal TO fw_api;
GRANT DELETE ON risk_state, risk_sensor TO fw_risk;

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

-- Faults that ended, for those who count the overdue ones of a month.
CREATE INDEX risk_fact_cleared ON risk_fact (venue_id, at) WHERE kind = 'cleared';

-- Models, choices and guards: what a draw needs to be repeated, and the rights of the daily guards.

-- As published with the draw: what the register said then, and what the model expected.
ALTER TABLE risk_choice
    ADD COLUMN code text NOT NULL,
    ADD COLUMN stratum text NOT NULL,          -- use class
    ADD COLUMN rate double precision;          -- fires expected in the next 90 days; null: the score does not say
CREATE INDEX risk_choice_round_made ON risk_choice_round (made_at);
CREATE INDEX risk_guard_name ON risk_guard (name, day DESC);

-- The guards run daily among upkeep's jobs, with risk's own functions.
GRANT SELECT ON venue, gateway, episode, risk_score, risk_record, risk_fact, risk_state, risk_model, risk_model_act,
    risk_guard, risk_choice_round, risk_choice TO fw_upkeep;
GRANT INSERT ON risk_model, risk_model_act TO fw_upkeep;
GRANT INSERT, UPDATE ON risk_guard TO fw_upkeep;

-- The views that dashboards read, with a role that can read nothing else. Names and columns here are an interface: they may
-- be added to, and are never renamed. docs/board-views.md is made from the comments.

CREATE SCHEMA board;
COMMENT ON SCHEMA board IS 'What dashboards read: views with documented columns and units. The role fw_grafana reads nothing else.';

-- As ingest.facts.Quantity and STORED_UNITS say; a test holds them equal.
CREATE FUNCTION board.quantity(code smallint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE code WHEN 1 THEN 'event_count' WHEN 2 THEN 'height' WHEN 3 THEN 'temperature' WHEN 4 THEN 'pressure'
        WHEN 6 THEN 'gas' WHEN 7 THEN 'duration' WHEN 8 THEN 'voltage' WHEN 9 THEN 'current' WHEN 10 THEN 'flow'
        WHEN 11 THEN 'air_volume' WHEN 12 THEN 'air_speed' WHEN 128 THEN 'level' WHEN 129 THEN 'vibration' END
$$;
CREATE FUNCTION board.unit(quantity text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE quantity WHEN 'event_count' THEN '1' WHEN 'height' THEN 'm' WHEN 'temperature' THEN '℃'
        WHEN 'pressure' THEN 'MPa' WHEN 'gas' THEN '%LEL' WHEN 'duration' THEN 's' WHEN 'voltage' THEN 'V'
        WHEN 'current' THEN 'A' WHEN 'flow' THEN 'L/s' WHEN 'air_volume' THEN 'm³/min' WHEN 'air_speed' THEN 'm/s'
        WHEN 'level' THEN '%' WHEN 'vibration' THEN 'g' END
$$;

-- Which of several conditions is shown: the first. A test holds the order equal to the desk's priorities.
CREATE FUNCTION board.place(kind public.condition) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_position(ARRAY['fire', 'manual_alarm', 'supervise', 'fault', 'power_fault', 'main_power_fault',
        'backup_power_fault', 'bus_fault', 'link_fault', 'line_fault', 'manual', 'offline', 'shielded', 'delayed',
        'started', 'feedback', 'test']::public.condition[], kind)
$$;
CREATE FUNCTION board.is_fault(kind public.condition) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT kind IN ('fault', 'power_fault', 'main_power_fault', 'backup_power_fault', 'bus_fault', 'link_fault', 'line_fault')
$$;
CREATE FUNCTION board.seconds(span interval) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT extract(epoch FROM span)::double precision
$$;

-- The labels of a series such as firewarden_lag_seconds{of="alarm"}.
CREATE FUNCTION board.labels(series text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(m[1], m[2]), '{}')
    FROM regexp_matches(series, '([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"', 'g') AS m
$$;

CREATE VIEW board.gateway AS
SELECT g.id AS gateway_id, g.name, g.venue_id, v.code AS venue_code, v.name AS venue_name, v.district,
    CASE WHEN d.gateway_id IS NULL THEN 'mqtt' ELSE 'gb26875' END AS protocol, d.profile,
    g.connection::text AS connection, l.heard_at,
    board.seconds(now() - l.heard_at) AS silent_s,
    coalesce(l.online AND l.heard_at >= now() - make_interval(secs => g.silence_deadline_s), false) AS online,
    CASE WHEN g.connection NOT IN ('trial', 'in_service') THEN 'not_in_service'
        WHEN l.online IS FALSE THEN 'offline'
        WHEN l.heard_at IS NULL THEN 'never_heard'
        WHEN l.heard_at >= now() - make_interval(secs => g.silence_deadline_s) THEN 'online'
        WHEN (SELECT CASE WHEN max(w.beat_at) >= now() - interval '5 seconds' THEN max(w.watching_since) END
              FROM public.ingest_worker w
              WHERE w.connection = CASE WHEN d.gateway_id IS NULL THEN 'bulk' ELSE 'gb26875' END
                  AND w.beat_at > now() - interval '5 minutes') < now() - make_interval(secs => g.silence_deadline_s)
            THEN 'silent'
        ELSE 'unknown' END AS state,
    g.heartbeat_s, g.silence_deadline_s, l.clock_skew_s,
    k.since_at AS link_since, k.ended_at AS link_ended_at, k.end_reason AS link_end_reason,
    (SELECT count(*) FROM public.message_gap m WHERE m.gateway_id = g.id AND m.state = 'open') AS open_gaps,
    (SELECT coalesce(sum(m.to_seq - m.from_seq + 1), 0)::bigint FROM public.message_gap m
     WHERE m.gateway_id = g.id AND m.filled_at IS NULL) AS missing_messages
FROM public.gateway g JOIN public.venue v ON v.id = g.venue_id
LEFT JOIN public.gateway_liveness l ON l.gateway_id = g.id
LEFT JOIN public.gb_device d ON d.gateway_id = g.id
LEFT JOIN public.device_link k ON k.gateway_id = g.id;

CREATE VIEW board.venue AS
SELECT v.id AS venue_id, v.code, v.name, v.name_en, v.use::text AS use, v.district, v.lat, v.lon, v.key_unit, v.area_m2,
    (SELECT count(*) FROM public.gateway g WHERE g.venue_id = v.id) AS gateways,
    (SELECT count(*) FROM public.gateway g JOIN public.gateway_liveness l ON l.gateway_id = g.id
     WHERE g.venue_id = v.id AND l.online AND l.heard_at >= now() - make_interval(secs => g.silence_deadline_s))
        AS gateways_online,
    (SELECT count(*) FROM public.point p WHERE p.venue_id = v.id AND p.registered) AS points,
    (SELECT count(*) FROM public.incident i WHERE i.venue_id = v.id AND i.state <> 'closed' AND i.priority = 1) AS open_fires,
    (SELECT count(*) FROM public.incident i WHERE i.venue_id = v.id AND i.state <> 'closed') AS open_incidents,
    (SELECT count(*) FROM public.episode e WHERE e.venue_id = v.id AND e.cleared_at IS NULL AND board.is_fault(e.kind))
        AS open_faults,
    (SELECT count(*) FROM public.episode e WHERE e.venue_id = v.id AND e.cleared_at IS NULL AND e.kind = 'shielded')
        AS shielded,
    (SELECT e.kind::text FROM public.episode e WHERE e.venue_id = v.id AND e.cleared_at IS NULL
     ORDER BY board.place(e.kind), e.raised_at LIMIT 1) AS worst_kind,
    s.score::double precision AS score, s.grade::text AS grade
FROM public.venue v LEFT JOIN public.risk_score s ON s.venue_id = v.id;

CREATE VIEW board.system AS
SELECT s.id AS system_id, s.venue_id, v.code AS venue_code, s.kind::integer AS kind, s.name
FROM public.facility_system s JOIN public.venue v ON v.id = s.venue_id;

CREATE VIEW board.point AS
SELECT p.id AS point_id, p.venue_id, v.code AS venue_code, v.name AS venue_name, v.district, v.use::text AS use,
    p.gateway_id, d.profile, p.address, p.name, p.floor, p.system_id, s.name AS system, s.kind::integer AS system_kind,
    p.component::integer AS component, p.quantity, board.unit(p.quantity) AS unit, p.low, p.high, p.registered,
    coalesce(e.kinds[1]::text, 'normal') AS condition, e.since[1] AS since,
    coalesce(e.open_faults, 0) AS open_faults, coalesce(e.shielded, false) AS shielded
FROM public.point p JOIN public.venue v ON v.id = p.venue_id
LEFT JOIN public.facility_system s ON s.id = p.system_id
LEFT JOIN public.gb_device d ON d.gateway_id = p.gateway_id
LEFT JOIN (
    SELECT point_id, array_agg(kind ORDER BY board.place(kind), raised_at) AS kinds,
        array_agg(raised_at ORDER BY board.place(kind), raised_at) AS since,
        count(*) FILTER (WHERE board.is_fault(kind)) AS open_faults, bool_or(kind = 'shielded') AS shielded
    FROM public.episode WHERE cleared_at IS NULL AND point_id IS NOT NULL GROUP BY point_id
) e ON e.point_id = p.id;

-- A join to the left, which the planner leaves out where nobody asks for the venue.
CREATE VIEW board.reading AS
SELECT r.at AS time, r.point_id, p.venue_id, board.quantity(r.quantity) AS quantity,
    board.unit(board.quantity(r.quantity)) AS unit, r.value, r.received_at
FROM public.reading r LEFT JOIN public.point p ON p.id = r.point_id;

CREATE VIEW board.reading_hour AS
SELECT r.at AS time, r.point_id, p.venue_id, board.quantity(r.quantity) AS quantity,
    board.unit(board.quantity(r.quantity)) AS unit, r.n, r.low, r.high, r.total / r.n AS mean, r.last, r.last_at
FROM public.reading_hour r LEFT JOIN public.point p ON p.id = r.point_id;

CREATE VIEW board.reading_day AS
SELECT r.at AS time, r.point_id, p.venue_id, board.quantity(r.quantity) AS quantity,
    board.unit(board.quantity(r.quantity)) AS unit, r.n, r.low, r.high, r.total / r.n AS mean, r.last, r.last_at
FROM public.reading_day r LEFT JOIN public.point p ON p.id = r.point_id;

CREATE VIEW board.water_point AS
SELECT p.id AS point_id, p.venue_id, v.code AS venue_code, v.name AS venue_name, v.district, p.gateway_id,
    p.system_id, s.name AS system, s.kind::integer AS system_kind, p.name, p.floor, p.quantity,
    board.unit(p.quantity) AS unit, p.low, p.high, r.value AS last_value, r.at AS last_at,
    r.value < p.low AS below, r.value > p.high AS above, f.found[1] AS finding, f.since[1] AS finding_since,
    coalesce(f.found, '{}') AS findings
FROM public.point p JOIN public.venue v ON v.id = p.venue_id
LEFT JOIN public.facility_system s ON s.id = p.system_id
LEFT JOIN LATERAL (
    SELECT value, at FROM public.reading
    WHERE point_id = p.id AND at > now() - interval '1 day' ORDER BY at DESC LIMIT 1) r ON true
LEFT JOIN LATERAL (
    -- Of one kind a sensor has one finding at a time: the newest that began is open, or none is.
    SELECT array_agg(w.what ORDER BY w.place) AS found, array_agg(b.at ORDER BY w.place) AS since
    FROM unnest(ARRAY['main_burst', 'below', 'above', 'shift', 'stuck', 'implausible', 'drift', 'silent'])
        WITH ORDINALITY AS w (what, place)
    CROSS JOIN LATERAL (
        SELECT n.at, n.data ->> 'finding' AS finding FROM public.risk_fact n
        WHERE n.kind = 'water_began' AND (n.data ->> 'point')::bigint = p.id AND n.data ->> 'what' = w.what
        ORDER BY n.at DESC LIMIT 1) b
    WHERE NOT EXISTS (SELECT 1 FROM public.risk_fact e
        WHERE e.kind = 'water_ended' AND e.data ->> 'finding' = b.finding)) f ON true
WHERE p.quantity IN ('pressure', 'level', 'height', 'flow');

CREATE VIEW board.fact AS
SELECT received_at AS time, at, committed_at, venue_id, gateway_id, point_id, state::text AS state, raised,
    lane::text AS lane, board.seconds(committed_at - received_at) AS lag_s, board.seconds(received_at - at) AS age_s
FROM public.state_change;

CREATE VIEW board.episode AS
SELECT e.id AS episode_id, e.raised_at AS time, e.cleared_at,
    board.seconds(coalesce(e.cleared_at, now()) - e.raised_at) AS duration_s, e.kind::text AS kind,
    board.is_fault(e.kind) AS fault, e.venue_id, v.code AS venue_code, v.name AS venue_name, v.district,
    v.use::text AS use, e.gateway_id, e.point_id, p.name AS point_name, s.id AS system_id, s.name AS system,
    s.kind::integer AS system_kind, p.component::integer AS component, d.profile, e.raises, e.late, e.incident_id
FROM public.episode e JOIN public.venue v ON v.id = e.venue_id
LEFT JOIN public.point p ON p.id = e.point_id
LEFT JOIN public.facility_system s ON s.id = p.system_id
LEFT JOIN public.gb_device d ON d.gateway_id = e.gateway_id;

CREATE VIEW board.incident AS
SELECT i.id AS incident_id, i.opened_at AS time, i.kind::text AS kind, i.priority::integer AS priority,
    i.state::text AS state, i.class::text AS class, i.late, i.venue_id, v.code AS venue_code, v.name AS venue_name,
    v.district, v.use::text AS use, i.gateway_id, i.point_id, p.name AS point_name, p.floor AS point_floor,
    s.name AS system, s.kind::integer AS system_kind, p.component::integer AS component, i.occurred_at, i.received_at,
    i.committed_at, i.taken_at, i.taken_by AS seat, i.recovered_at, i.closed_at, i.closed_by,
    board.seconds(i.opened_at - i.received_at) AS shown_s, board.seconds(i.taken_at - i.opened_at) AS take_s,
    board.seconds(i.closed_at - i.opened_at) AS close_s, i.raises,
    i.opened_at - i.received_at > interval '10 seconds' AS breach_show,
    CASE WHEN i.priority = 1 THEN
        coalesce(i.taken_at, i.closed_at, now()) - i.opened_at > interval '15 seconds' END AS breach_take,
    CASE WHEN i.priority = 1 THEN
        coalesce(i.closed_at, now()) - i.opened_at > interval '60 seconds' END AS breach_judge
FROM public.incident i JOIN public.venue v ON v.id = i.venue_id
LEFT JOIN public.point p ON p.id = i.point_id
LEFT JOIN public.facility_system s ON s.id = p.system_id;

CREATE VIEW board.open_incident AS
SELECT i.*, board.seconds(now() - i.time) AS age_s
FROM board.incident i JOIN public.incident o ON o.id = i.incident_id   -- whose own column has the index of open ones
WHERE o.state <> 'closed';

CREATE VIEW board.duty_check AS
SELECT c.asked_at AS time, c.gateway_id, g.venue_id, v.code AS venue_code, v.name AS venue_name, v.district,
    c.state::text AS state,
    CASE WHEN c.state = 'answered' THEN board.seconds(c.ended_at - coalesce(c.first_sent_at, c.asked_at)) END AS answered_s
FROM public.gateway_command c JOIN public.gateway g ON g.id = c.gateway_id JOIN public.venue v ON v.id = g.venue_id
WHERE c.command = 'duty_check';

CREATE VIEW board.command AS
SELECT c.asked_at AS time, c.gateway_id, g.venue_id, c.command, c.state::text AS state,
    c.asked_by = 'platform' AS by_platform, c.attempts::integer AS attempts, c.ended_at,
    board.seconds(c.ended_at - c.first_sent_at) AS took_s
FROM public.gateway_command c JOIN public.gateway g ON g.id = c.gateway_id;

CREATE VIEW board.gap AS
SELECT m.seen_at AS time, m.gateway_id, g.venue_id, m.lane::text AS lane, m.to_seq - m.from_seq + 1 AS missing,
    m.state::text AS state, m.filled_at, m.given_up_at
FROM public.message_gap m JOIN public.gateway g ON g.id = m.gateway_id;

CREATE VIEW board.message_day AS
SELECT m.day::timestamp AT TIME ZONE 'Asia/Shanghai' AS time, m.gateway_id, g.venue_id, m.lane::text AS lane,
    m.counted, m.stored, m.late, m.repeats
FROM public.message_daily m JOIN public.gateway g ON g.id = m.gateway_id;

CREATE VIEW board.quarantine AS
SELECT received_at AS time, gateway_id, reason, payload_size FROM public.quarantine;

CREATE VIEW board.risk AS
SELECT s.venue_id, v.code, v.name, v.name_en, v.district, v.use::text AS use, v.lat, v.lon, s.at,
    s.score::double precision AS score, s.grade::text AS grade, s.base::double precision AS base, s.band::text AS band,
    s.grade_since, s.rate, s.uncontrolled, s.consequence, s.coverage::double precision AS coverage,
    s.confidence::double precision AS confidence, r.rank, s.rank_low, s.rank_high,
    jsonb_array_length(s.hits) AS hits, s.override_id IS NOT NULL AS overridden, s.version
FROM public.risk_score s JOIN public.venue v ON v.id = s.venue_id
JOIN (SELECT venue_id, rank() OVER (ORDER BY grade DESC, score DESC) AS rank FROM public.risk_score) r
    ON r.venue_id = s.venue_id;

CREATE VIEW board.risk_factor AS
SELECT s.venue_id, v.code AS venue_code, v.name AS venue_name, v.district, v.use::text AS use, f.value ->> 'code' AS code,
    f.value ->> 'part' AS part, (f.value ->> 'points')::double precision AS points
FROM public.risk_score s JOIN public.venue v ON v.id = s.venue_id CROSS JOIN LATERAL jsonb_array_elements(s.factors) f;

CREATE VIEW board.risk_history AS
SELECT h.at AS time, h.venue_id, v.code, v.name, v.district, v.use::text AS use, h.score::double precision AS score,
    h.grade::text AS grade, h.confidence::double precision AS confidence, h.coverage::double precision AS coverage, h.version
FROM public.risk_score_history h JOIN public.venue v ON v.id = h.venue_id;

CREATE VIEW board.risk_guard AS
SELECT day::timestamp AT TIME ZONE 'Asia/Shanghai' AS time, name, value, low, high, fired FROM public.risk_guard;

CREATE VIEW board.risk_model AS
SELECT m.version, m.kind, m.made_at,
    m.version IS NOT DISTINCT FROM (SELECT a.version FROM public.risk_model_act a WHERE a.at <= now()
        ORDER BY a.at DESC, a.id DESC LIMIT 1) AS current,
    (p.told #>> '{auc,value}')::double precision AS auc, (p.told #>> '{auc,low}')::double precision AS auc_low,
    (p.told #>> '{auc,high}')::double precision AS auc_high, (p.told #>> '{ap,value}')::double precision AS ap,
    (p.told #>> '{ap,low}')::double precision AS ap_low, (p.told #>> '{ap,high}')::double precision AS ap_high,
    (p.told ->> 'ece')::double precision AS ece, (p.told ->> 'n')::bigint AS n,
    (p.told ->> 'positives')::bigint AS positives, (p.told ->> 'base_rate')::double precision AS base_rate
FROM public.risk_model m CROSS JOIN LATERAL (SELECT m.card -> 'pooled' AS told) p;

CREATE VIEW board.risk_calibration AS
SELECT m.version, b.ordinality::integer AS bin, (b.value ->> 'predicted')::double precision AS predicted,
    (b.value ->> 'observed')::double precision AS observed, (b.value ->> 'venues')::bigint AS n
FROM public.risk_model m CROSS JOIN LATERAL jsonb_array_elements(
    CASE WHEN jsonb_typeof(m.card #> '{pooled,bins}') = 'array' THEN m.card #> '{pooled,bins}' ELSE '[]' END)
    WITH ORDINALITY b;

CREATE VIEW board.risk_gain AS
SELECT m.version, (g.value ->> 'share')::double precision AS share, (g.value ->> 'recall')::double precision AS recall,
    (g.value ->> 'recall')::double precision / nullif((g.value ->> 'share')::double precision, 0) AS lift
FROM public.risk_model m CROSS JOIN LATERAL jsonb_array_elements(
    CASE WHEN jsonb_typeof(m.card -> 'gain') = 'array' THEN m.card -> 'gain' ELSE '[]' END) g;

CREATE VIEW board.risk_proposal AS
SELECT p.id AS proposal_id, p.venue_id, v.code AS venue_code, v.name AS venue_name, v.district, p.kind,
    p.grade::text AS grade, p.proposed_at, p.due_at, p.state, p.decided_at,
    p.state = 'open' AND p.due_at < now() AS overdue
FROM public.risk_proposal p JOIN public.venue v ON v.id = p.venue_id;

CREATE VIEW board.choice AS
SELECT r.made_at AS time, c.round_id, c.venue_id, c.code AS venue_code, c.stratum AS use, c.probability,
    c.score::double precision AS score, c.rank, c.chosen, c.by_chance
FROM public.risk_choice c JOIN public.risk_choice_round r ON r.id = c.round_id;

CREATE VIEW board.process AS
SELECT process, worker, standby, version, started_at, at, board.seconds(now() - at) AS age_s,
    every_s::double precision AS every_s, ended_at,
    ended_at IS NULL AND at >= now() - make_interval(secs => 3 * every_s + 5) AS alive, last_error_at
FROM public.process_figures;

CREATE VIEW board.process_figure AS
SELECT p.process, p.worker, p.standby, f.key AS series, split_part(f.key, '{', 1) AS name, board.labels(f.key) AS labels,
    f.value::double precision AS value, p.at
FROM public.process_figures p CROSS JOIN LATERAL jsonb_each(p.figures) f;

-- The names come from the newest figures, so that of a minute's hundreds of series only those asked for are looked up.
CREATE VIEW board.process_figure_minute AS
SELECT m.at AS time, m.process, m.worker, k.key AS series, split_part(k.key, '{', 1) AS name, l.labels,
    (m.figures -> k.key)::double precision AS value
FROM public.process_figures p CROSS JOIN LATERAL jsonb_object_keys(p.figures) k (key)
CROSS JOIN LATERAL (SELECT board.labels(k.key) AS labels OFFSET 0) l
JOIN public.process_figures_minute m ON m.process = p.process AND m.worker = p.worker AND m.figures ? k.key
WHERE NOT p.standby;

CREATE VIEW board.lag AS
SELECT time, process, worker, labels ->> 'of' AS of, value AS seconds FROM board.process_figure_minute
WHERE name = 'firewarden_lag_seconds';

CREATE VIEW board.job AS
SELECT name, period_s, started_at, finished_at, outcome, rows, duration_s, done_at,
    coalesce(done_at < now() - make_interval(secs => 2 * period_s + 600),
        started_at < now() - make_interval(secs => 2 * period_s + 600)) AS overdue
FROM public.upkeep_job;

CREATE VIEW board.retention AS
SELECT class, board.seconds(keep) / 86400 AS keep_days, dropped_before FROM public.retention;

CREATE VIEW board.worker AS
SELECT worker, connection, watching_since, beat_at, board.seconds(now() - beat_at) AS age_s FROM public.ingest_worker;

-- Others' transactions are hidden from a reader; this tells one number of them, for this database.
CREATE FUNCTION board.oldest_transaction_s() RETURNS double precision LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0)::double precision FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
$$;

CREATE VIEW board.database AS
SELECT pg_database_size(current_database()) AS size_bytes,
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections,
    current_setting('max_connections')::integer AS max_connections,
    board.oldest_transaction_s() AS oldest_transaction_s, s.deadlocks, s.temp_bytes, s.xact_commit AS commits,
    s.xact_rollback AS rollbacks, pg_postmaster_start_time() AS started_at
FROM pg_stat_database s WHERE s.datname = current_database();

-- In a function, as a view that names what belongs to the extension would stop its updates.
CREATE FUNCTION board.table_sizes() RETURNS TABLE (
    name text, kind text, rows_estimate bigint, size_bytes bigint, chunks bigint, compressed_chunks bigint)
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT c.relname::text, CASE WHEN h.hypertable_name IS NULL THEN 'table' ELSE 'hypertable' END,
        (SELECT sum(greatest(t.reltuples, 0)) FROM pg_class t WHERE t.oid = c.oid
            OR t.oid IN (SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = c.oid))::bigint,
        CASE WHEN h.hypertable_name IS NULL THEN pg_total_relation_size(c.oid) ELSE public.hypertable_size(c.oid) END,
        coalesce(k.chunks, 0), coalesce(k.compressed, 0)
    FROM pg_class c
    LEFT JOIN timescaledb_information.hypertables h ON h.hypertable_schema = 'public' AND h.hypertable_name = c.relname
    LEFT JOIN (
        SELECT hypertable_name, count(*) AS chunks, count(*) FILTER (WHERE is_compressed) AS compressed
        FROM timescaledb_information.chunks WHERE hypertable_schema = 'public' GROUP BY hypertable_name
    ) k ON k.hypertable_name = c.relname
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r';
END $$;
CREATE VIEW board.table_size AS
SELECT name, kind, rows_estimate, size_bytes, chunks, compressed_chunks FROM board.table_sizes();

CREATE VIEW board.annotation AS
SELECT i.opened_at AS time, coalesce(i.closed_at, i.opened_at) AS time_end, 'incident' AS kind, i.kind::text AS code,
    i.venue_id, v.district, v.name AS title, coalesce(p.name, '') AS text, ARRAY['incident', i.kind::text] AS tags
FROM public.incident i JOIN public.venue v ON v.id = i.venue_id LEFT JOIN public.point p ON p.id = i.point_id
WHERE i.class IS NULL OR i.class NOT IN ('test', 'maintenance')
UNION ALL
SELECT i.opened_at, i.closed_at, 'test', i.kind::text, i.venue_id, v.district, v.name, coalesce(p.name, ''),
    ARRAY['test', i.kind::text]
FROM public.incident i JOIN public.venue v ON v.id = i.venue_id LEFT JOIN public.point p ON p.id = i.point_id
WHERE i.class = 'test'
UNION ALL
SELECT e.raised_at, coalesce(e.cleared_at, e.raised_at), 'test', 'test', e.venue_id, v.district, v.name,
    coalesce(p.name, ''), ARRAY['test']
FROM public.episode e JOIN public.venue v ON v.id = e.venue_id LEFT JOIN public.point p ON p.id = e.point_id
WHERE e.kind = 'test'
UNION ALL
SELECT i.opened_at, i.closed_at, 'maintenance', i.kind::text, i.venue_id, v.district, v.name, coalesce(p.name, ''),
    ARRAY['maintenance', i.kind::text]
FROM public.incident i JOIN public.venue v ON v.id = i.venue_id LEFT JOIN public.point p ON p.id = i.point_id
WHERE i.class = 'maintenance'
UNION ALL
SELECT e.raised_at, coalesce(e.cleared_at, e.raised_at), 'maintenance', 'shielded', e.venue_id, v.district, v.name,
    coalesce(p.name, ''), ARRAY['maintenance', 'shielded']
FROM public.episode e JOIN public.venue v ON v.id = e.venue_id LEFT JOIN public.point p ON p.id = e.point_id
WHERE e.kind = 'shielded'
UNION ALL
SELECT m.applied_at, m.applied_at, 'deployment', 'migration', NULL, NULL, m.name, '', ARRAY['deployment', 'migration']
FROM public.schema_migration m
UNION ALL
SELECT f.started_at, f.started_at, 'deployment', 'process', NULL, NULL, f.process || ' ' || f.worker, f.version,
    ARRAY['deployment', 'process']
FROM public.process_figures f WHERE NOT f.standby;

DO $$
BEGIN
    CREATE ROLE fw_grafana NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
GRANT fw_grafana TO CURRENT_USER;
GRANT USAGE ON SCHEMA board TO fw_grafana, fw_api;
REVOKE EXECUTE ON FUNCTION board.oldest_transaction_s() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION board.oldest_transaction_s() TO fw_grafana, fw_api;

COMMENT ON VIEW board.gateway IS
    'state: every gateway, whether it is heard, its clock, its link and what is missing of it';
COMMENT ON COLUMN board.gateway.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.gateway.name IS 'name in the register';
COMMENT ON COLUMN board.gateway.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.gateway.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.gateway.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.gateway.district IS 'district of the venue';
COMMENT ON COLUMN board.gateway.protocol IS 'mqtt or gb26875';
COMMENT ON COLUMN board.gateway.profile IS 'vendor profile of a device of GB/T 26875.3; null: the gateway speaks MQTT';
COMMENT ON COLUMN board.gateway.connection IS
    'contract state: contracted, installed, trial, in_service, suspended, retired';
COMMENT ON COLUMN board.gateway.heard_at IS 'when its newest message of any kind was received; null: never';
COMMENT ON COLUMN board.gateway.silent_s IS 'seconds since then';
COMMENT ON COLUMN board.gateway.online IS 'whether it was heard within its deadline, without a last will';
COMMENT ON COLUMN board.gateway.state IS
    'as the console says it: online, silent, offline (last will), never_heard, unknown (nobody listens), '
    'not_in_service';
COMMENT ON COLUMN board.gateway.heartbeat_s IS 'how often it should be heard, seconds';
COMMENT ON COLUMN board.gateway.silence_deadline_s IS 'after how many seconds it counts as silent';
COMMENT ON COLUMN board.gateway.clock_skew_s IS
    'its clock minus ours at its newest live message, seconds; above 0 it is fast';
COMMENT ON COLUMN board.gateway.link_since IS 'since when a device of GB/T 26875.3 is, or was last, connected';
COMMENT ON COLUMN board.gateway.link_ended_at IS 'when that connection ended; null: it holds, or there was none';
COMMENT ON COLUMN board.gateway.link_end_reason IS 'why it ended, one word';
COMMENT ON COLUMN board.gateway.open_gaps IS 'stretches of messages that are missing and may still come';
COMMENT ON COLUMN board.gateway.missing_messages IS 'messages that are missing, given up ones included';

COMMENT ON VIEW board.venue IS
    'state: every venue with what is open there, how many of its gateways are heard, and its risk';
COMMENT ON COLUMN board.venue.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.venue.code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.venue.name IS 'name in the register';
COMMENT ON COLUMN board.venue.name_en IS 'English name; empty where there is none';
COMMENT ON COLUMN board.venue.use IS 'use class of the venue (mall, complex, hotel, …)';
COMMENT ON COLUMN board.venue.district IS 'district of the venue';
COMMENT ON COLUMN board.venue.lat IS 'latitude, degrees, WGS-84; null: not known';
COMMENT ON COLUMN board.venue.lon IS 'longitude, degrees, WGS-84; null: not known';
COMMENT ON COLUMN board.venue.key_unit IS 'whether it is a key unit of fire safety';
COMMENT ON COLUMN board.venue.area_m2 IS 'floor area, m²; null: not known';
COMMENT ON COLUMN board.venue.gateways IS 'how many gateways it has';
COMMENT ON COLUMN board.venue.gateways_online IS
    'how many of them were heard within their deadlines, without a last will';
COMMENT ON COLUMN board.venue.points IS 'how many points are registered';
COMMENT ON COLUMN board.venue.open_fires IS 'open incidents of priority 1: fires and manual alarms';
COMMENT ON COLUMN board.venue.open_incidents IS 'open incidents of all priorities';
COMMENT ON COLUMN board.venue.open_faults IS 'faults that hold, of all kinds of fault';
COMMENT ON COLUMN board.venue.shielded IS 'points that are shielded';
COMMENT ON COLUMN board.venue.worst_kind IS 'the worst condition that holds; null: none';
COMMENT ON COLUMN board.venue.score IS 'risk score, 0 to 100, higher is worse';
COMMENT ON COLUMN board.venue.grade IS 'grade A, B, C or D; D is the worst';

COMMENT ON VIEW board.system IS 'state: the fire protection systems of each venue';
COMMENT ON COLUMN board.system.system_id IS 'number of the fire protection system; null: not assigned to one';
COMMENT ON COLUMN board.system.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.system.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.system.kind IS 'type of the system by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.system.name IS 'name in the register';

COMMENT ON VIEW board.point IS 'state: every point with the worst condition that holds';
COMMENT ON COLUMN board.point.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.point.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.point.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.point.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.point.district IS 'district of the venue';
COMMENT ON COLUMN board.point.use IS 'use class of the venue (mall, complex, hotel, …)';
COMMENT ON COLUMN board.point.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.point.profile IS 'vendor profile of a device of GB/T 26875.3; null: the gateway speaks MQTT';
COMMENT ON COLUMN board.point.address IS 'the address that the gateway names it by';
COMMENT ON COLUMN board.point.name IS 'name in the register';
COMMENT ON COLUMN board.point.floor IS 'floor, as registered';
COMMENT ON COLUMN board.point.system_id IS 'number of the fire protection system; null: not assigned to one';
COMMENT ON COLUMN board.point.system IS 'name of the system; null: not assigned to one';
COMMENT ON COLUMN board.point.system_kind IS 'type of the system by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.point.component IS 'type of the component by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.point.quantity IS 'what is measured (pressure, level, flow, temperature, …); null: not known';
COMMENT ON COLUMN board.point.unit IS 'the unit of all values of the row, one for each quantity; null: not known';
COMMENT ON COLUMN board.point.low IS 'lower end of the normal band, in the row''s unit; null: none';
COMMENT ON COLUMN board.point.high IS 'upper end of the normal band, in the row''s unit; null: none';
COMMENT ON COLUMN board.point.registered IS 'false: a gateway named it and the register does not know it';
COMMENT ON COLUMN board.point.condition IS 'the worst condition that holds (fire, fault, shielded, …), or normal';
COMMENT ON COLUMN board.point.since IS 'since when that holds; null: normal';
COMMENT ON COLUMN board.point.open_faults IS 'how many kinds of fault hold';
COMMENT ON COLUMN board.point.shielded IS 'whether it is shielded';

COMMENT ON VIEW board.reading IS 'history: single readings; for two days at most, else read hours or days';
COMMENT ON COLUMN board.reading.time IS 'when it was measured, by the device';
COMMENT ON COLUMN board.reading.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.reading.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.reading.quantity IS 'what is measured (pressure, level, flow, temperature, …); null: not known';
COMMENT ON COLUMN board.reading.unit IS 'the unit of all values of the row, one for each quantity; null: not known';
COMMENT ON COLUMN board.reading.value IS 'measured value, in the row''s unit';
COMMENT ON COLUMN board.reading.received_at IS 'when it was received';

COMMENT ON VIEW board.reading_hour IS 'history: readings by hour';
COMMENT ON COLUMN board.reading_hour.time IS 'start of the hour';
COMMENT ON COLUMN board.reading_hour.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.reading_hour.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.reading_hour.quantity IS
    'what is measured (pressure, level, flow, temperature, …); null: not known';
COMMENT ON COLUMN board.reading_hour.unit IS
    'the unit of all values of the row, one for each quantity; null: not known';
COMMENT ON COLUMN board.reading_hour.n IS 'number of readings';
COMMENT ON COLUMN board.reading_hour.low IS 'lowest value, in the row''s unit';
COMMENT ON COLUMN board.reading_hour.high IS 'highest value, in the row''s unit';
COMMENT ON COLUMN board.reading_hour.mean IS 'mean value, in the row''s unit';
COMMENT ON COLUMN board.reading_hour.last IS 'newest value, in the row''s unit';
COMMENT ON COLUMN board.reading_hour.last_at IS 'when that was measured';

COMMENT ON VIEW board.reading_day IS 'history: readings by day of Asia/Shanghai';
COMMENT ON COLUMN board.reading_day.time IS 'start of the day of Asia/Shanghai';
COMMENT ON COLUMN board.reading_day.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.reading_day.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.reading_day.quantity IS
    'what is measured (pressure, level, flow, temperature, …); null: not known';
COMMENT ON COLUMN board.reading_day.unit IS 'the unit of all values of the row, one for each quantity; null: not known';
COMMENT ON COLUMN board.reading_day.n IS 'number of readings';
COMMENT ON COLUMN board.reading_day.low IS 'lowest value, in the row''s unit';
COMMENT ON COLUMN board.reading_day.high IS 'highest value, in the row''s unit';
COMMENT ON COLUMN board.reading_day.mean IS 'mean value, in the row''s unit';
COMMENT ON COLUMN board.reading_day.last IS 'newest value, in the row''s unit';
COMMENT ON COLUMN board.reading_day.last_at IS 'when that was measured';

COMMENT ON VIEW board.water_point IS
    'state: every point that measures water, its newest reading against its band, and what the detectors found';
COMMENT ON COLUMN board.water_point.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.water_point.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.water_point.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.water_point.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.water_point.district IS 'district of the venue';
COMMENT ON COLUMN board.water_point.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.water_point.system_id IS 'number of the fire protection system; null: not assigned to one';
COMMENT ON COLUMN board.water_point.system IS 'name of the system; null: not assigned to one';
COMMENT ON COLUMN board.water_point.system_kind IS 'type of the system by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.water_point.name IS 'name in the register';
COMMENT ON COLUMN board.water_point.floor IS 'floor, as registered';
COMMENT ON COLUMN board.water_point.quantity IS
    'what is measured (pressure, level, flow, temperature, …); null: not known';
COMMENT ON COLUMN board.water_point.unit IS 'the unit of all values of the row, one for each quantity; null: not known';
COMMENT ON COLUMN board.water_point.low IS 'lower end of the normal band, in the row''s unit; null: none';
COMMENT ON COLUMN board.water_point.high IS 'upper end of the normal band, in the row''s unit; null: none';
COMMENT ON COLUMN board.water_point.last_value IS 'newest reading of the last 24 hours, in the row''s unit; null: none';
COMMENT ON COLUMN board.water_point.last_at IS 'when that was measured; null: none in 24 hours';
COMMENT ON COLUMN board.water_point.below IS 'whether it lies below the band; null: no value or no lower end';
COMMENT ON COLUMN board.water_point.above IS 'whether it lies above the band; null: no value or no upper end';
COMMENT ON COLUMN board.water_point.finding IS
    'the gravest finding that holds: main_burst, below, above, shift, stuck, implausible, drift, silent; null: none';
COMMENT ON COLUMN board.water_point.finding_since IS 'since when, by the evidence';
COMMENT ON COLUMN board.water_point.findings IS 'all findings that hold, the gravest first';

COMMENT ON VIEW board.fact IS 'history: states that came or went, as devices told them';
COMMENT ON COLUMN board.fact.time IS 'when it was received';
COMMENT ON COLUMN board.fact.at IS 'when it happened, by the device, or by us where the device''s clock cannot be true';
COMMENT ON COLUMN board.fact.committed_at IS 'when it was stored';
COMMENT ON COLUMN board.fact.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.fact.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.fact.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.fact.state IS 'the state of GB/T 26875.3 (fire, fault, shielded, test, …)';
COMMENT ON COLUMN board.fact.raised IS 'true: it came; false: it went';
COMMENT ON COLUMN board.fact.lane IS 'which queue it travelled in: alarm, state, reading, reply';
COMMENT ON COLUMN board.fact.lag_s IS 'from received to stored, seconds';
COMMENT ON COLUMN board.fact.age_s IS 'from happened to received, seconds; large where a gateway told it late';

COMMENT ON VIEW board.episode IS 'history: stretches of time during which a condition of a point held';
COMMENT ON COLUMN board.episode.episode_id IS 'number of the episode';
COMMENT ON COLUMN board.episode.time IS 'when the condition began';
COMMENT ON COLUMN board.episode.cleared_at IS 'when it ended; null: it holds';
COMMENT ON COLUMN board.episode.duration_s IS 'how long it held, or has held so far, seconds';
COMMENT ON COLUMN board.episode.kind IS 'the condition (fire, fault, offline, …)';
COMMENT ON COLUMN board.episode.fault IS 'whether that is a kind of fault';
COMMENT ON COLUMN board.episode.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.episode.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.episode.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.episode.district IS 'district of the venue';
COMMENT ON COLUMN board.episode.use IS 'use class of the venue (mall, complex, hotel, …)';
COMMENT ON COLUMN board.episode.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.episode.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.episode.point_name IS 'name of the point in the register; empty or null where there is none';
COMMENT ON COLUMN board.episode.system_id IS 'number of the fire protection system; null: not assigned to one';
COMMENT ON COLUMN board.episode.system IS 'name of the system; null: not assigned to one';
COMMENT ON COLUMN board.episode.system_kind IS 'type of the system by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.episode.component IS 'type of the component by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.episode.profile IS 'vendor profile of a device of GB/T 26875.3; null: the gateway speaks MQTT';
COMMENT ON COLUMN board.episode.raises IS 'how often it was reported during it';
COMMENT ON COLUMN board.episode.late IS 'whether the fact that began it was old when it came';
COMMENT ON COLUMN board.episode.incident_id IS 'number of the incident that it belongs to; null: it opened none';

COMMENT ON VIEW board.incident IS 'history: incidents with the times of their handling';
COMMENT ON COLUMN board.incident.incident_id IS 'number of the incident';
COMMENT ON COLUMN board.incident.time IS 'when the desk opened it';
COMMENT ON COLUMN board.incident.kind IS 'the condition (fire, fault, offline, …)';
COMMENT ON COLUMN board.incident.priority IS '1 (fire, manual alarm) to 5';
COMMENT ON COLUMN board.incident.state IS 'new, taken or closed';
COMMENT ON COLUMN board.incident.class IS
    'how it was judged: real_fire, false_alarm, test, maintenance, malicious, fault, recovered, other; null: open';
COMMENT ON COLUMN board.incident.late IS 'whether the fact was old when it came, by ten minutes or more';
COMMENT ON COLUMN board.incident.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.incident.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.incident.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.incident.district IS 'district of the venue';
COMMENT ON COLUMN board.incident.use IS 'use class of the venue (mall, complex, hotel, …)';
COMMENT ON COLUMN board.incident.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.incident.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.incident.point_name IS 'name of the point in the register; empty or null where there is none';
COMMENT ON COLUMN board.incident.point_floor IS 'floor of the point';
COMMENT ON COLUMN board.incident.system IS 'name of the system; null: not assigned to one';
COMMENT ON COLUMN board.incident.system_kind IS 'type of the system by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.incident.component IS 'type of the component by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.incident.occurred_at IS 'when it happened, by the fact';
COMMENT ON COLUMN board.incident.received_at IS 'when the fact was received';
COMMENT ON COLUMN board.incident.committed_at IS 'when the fact was stored';
COMMENT ON COLUMN board.incident.taken_at IS 'when an officer took it; null: nobody has';
COMMENT ON COLUMN board.incident.seat IS 'who took it, by the name of the login; null: nobody';
COMMENT ON COLUMN board.incident.recovered_at IS 'when the condition ended by itself; null: it did not';
COMMENT ON COLUMN board.incident.closed_at IS 'when it was closed; null: open';
COMMENT ON COLUMN board.incident.closed_by IS 'who closed it, by the name of the login, or system';
COMMENT ON COLUMN board.incident.shown_s IS 'from received to opened, seconds';
COMMENT ON COLUMN board.incident.take_s IS 'from opened to taken, seconds; null: not taken';
COMMENT ON COLUMN board.incident.close_s IS 'from opened to closed, seconds; null: open';
COMMENT ON COLUMN board.incident.raises IS 'how often it was reported';
COMMENT ON COLUMN board.incident.breach_show IS 'whether more than 10 seconds went by from received to opened';
COMMENT ON COLUMN board.incident.breach_take IS
    'priority 1: whether it was not taken, or closed, within 15 seconds; null: another priority';
COMMENT ON COLUMN board.incident.breach_judge IS
    'priority 1: whether it was not judged within 60 seconds; null: another priority';

COMMENT ON VIEW board.open_incident IS 'state: incidents that nobody has closed; the columns of incident, and the age';
COMMENT ON COLUMN board.open_incident.incident_id IS 'number of the incident';
COMMENT ON COLUMN board.open_incident.time IS 'when the desk opened it';
COMMENT ON COLUMN board.open_incident.kind IS 'the condition (fire, fault, offline, …)';
COMMENT ON COLUMN board.open_incident.priority IS '1 (fire, manual alarm) to 5';
COMMENT ON COLUMN board.open_incident.state IS 'new, taken or closed';
COMMENT ON COLUMN board.open_incident.class IS
    'how it was judged: real_fire, false_alarm, test, maintenance, malicious, fault, recovered, other; null: open';
COMMENT ON COLUMN board.open_incident.late IS 'whether the fact was old when it came, by ten minutes or more';
COMMENT ON COLUMN board.open_incident.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.open_incident.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.open_incident.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.open_incident.district IS 'district of the venue';
COMMENT ON COLUMN board.open_incident.use IS 'use class of the venue (mall, complex, hotel, …)';
COMMENT ON COLUMN board.open_incident.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.open_incident.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.open_incident.point_name IS
    'name of the point in the register; empty or null where there is none';
COMMENT ON COLUMN board.open_incident.point_floor IS 'floor of the point';
COMMENT ON COLUMN board.open_incident.system IS 'name of the system; null: not assigned to one';
COMMENT ON COLUMN board.open_incident.system_kind IS 'type of the system by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.open_incident.component IS 'type of the component by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.open_incident.occurred_at IS 'when it happened, by the fact';
COMMENT ON COLUMN board.open_incident.received_at IS 'when the fact was received';
COMMENT ON COLUMN board.open_incident.committed_at IS 'when the fact was stored';
COMMENT ON COLUMN board.open_incident.taken_at IS 'when an officer took it; null: nobody has';
COMMENT ON COLUMN board.open_incident.seat IS 'who took it, by the name of the login; null: nobody';
COMMENT ON COLUMN board.open_incident.recovered_at IS 'when the condition ended by itself; null: it did not';
COMMENT ON COLUMN board.open_incident.closed_at IS 'when it was closed; null: open';
COMMENT ON COLUMN board.open_incident.closed_by IS 'who closed it, by the name of the login, or system';
COMMENT ON COLUMN board.open_incident.shown_s IS 'from received to opened, seconds';
COMMENT ON COLUMN board.open_incident.take_s IS 'from opened to taken, seconds; null: not taken';
COMMENT ON COLUMN board.open_incident.close_s IS 'from opened to closed, seconds; null: open';
COMMENT ON COLUMN board.open_incident.raises IS 'how often it was reported';
COMMENT ON COLUMN board.open_incident.breach_show IS 'whether more than 10 seconds went by from received to opened';
COMMENT ON COLUMN board.open_incident.breach_take IS
    'priority 1: whether it was not taken, or closed, within 15 seconds; null: another priority';
COMMENT ON COLUMN board.open_incident.breach_judge IS
    'priority 1: whether it was not judged within 60 seconds; null: another priority';
COMMENT ON COLUMN board.open_incident.age_s IS 'since it was opened, seconds';

COMMENT ON VIEW board.duty_check IS 'history: duty checks of control rooms';
COMMENT ON COLUMN board.duty_check.time IS 'when it was asked';
COMMENT ON COLUMN board.duty_check.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.duty_check.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.duty_check.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.duty_check.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.duty_check.district IS 'district of the venue';
COMMENT ON COLUMN board.duty_check.state IS
    'waiting, sent, accepted (until someone answers), answered, missed, refused, timed_out, not_sent, withdrawn';
COMMENT ON COLUMN board.duty_check.answered_s IS 'from sent to answered, seconds; null: not answered';

COMMENT ON VIEW board.command IS 'history: what was asked of gateways, and what became of it';
COMMENT ON COLUMN board.command.time IS 'when it was asked';
COMMENT ON COLUMN board.command.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.command.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.command.command IS 'what was asked (read_device_state, clock_sync, duty_check, …)';
COMMENT ON COLUMN board.command.state IS
    'unconfirmed, waiting, sent, accepted, answered, refused, timed_out, missed, not_sent, withdrawn';
COMMENT ON COLUMN board.command.by_platform IS 'true: the platform asked by itself; false: a person did';
COMMENT ON COLUMN board.command.attempts IS 'how often it was sent';
COMMENT ON COLUMN board.command.ended_at IS 'when it ended, well or not; null: it has not';
COMMENT ON COLUMN board.command.took_s IS 'from first sent to ended, seconds';

COMMENT ON VIEW board.gap IS 'history: stretches of messages that were missing when a later one came';
COMMENT ON COLUMN board.gap.time IS 'when a later message showed that these are missing';
COMMENT ON COLUMN board.gap.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.gap.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.gap.lane IS 'which queue it travelled in: alarm, state, reading, reply';
COMMENT ON COLUMN board.gap.missing IS 'number of messages';
COMMENT ON COLUMN board.gap.state IS 'open (may still come), filled_late, given_up';
COMMENT ON COLUMN board.gap.filled_at IS 'when they came after all; null: not yet';
COMMENT ON COLUMN board.gap.given_up_at IS 'when they were given up; null: not';

COMMENT ON VIEW board.message_day IS
    'history: messages of each gateway by day of Asia/Shanghai; several rows of one day add up';
COMMENT ON COLUMN board.message_day.time IS 'start of the day of Asia/Shanghai';
COMMENT ON COLUMN board.message_day.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.message_day.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.message_day.lane IS 'which queue it travelled in: alarm, state, reading, reply';
COMMENT ON COLUMN board.message_day.counted IS 'by how much the highest number of the gateway rose, messages';
COMMENT ON COLUMN board.message_day.stored IS 'messages that were stored';
COMMENT ON COLUMN board.message_day.late IS 'of those, what filled a gap';
COMMENT ON COLUMN board.message_day.repeats IS 'messages that came again and had no effect';

COMMENT ON VIEW board.quarantine IS 'history: messages that could not be taken at their word';
COMMENT ON COLUMN board.quarantine.time IS 'when it was received';
COMMENT ON COLUMN board.quarantine.gateway_id IS 'as the topic names it; it may be unknown to the register, or null';
COMMENT ON COLUMN board.quarantine.reason IS 'why (bad_json, unknown_gateway, future_time, …)';
COMMENT ON COLUMN board.quarantine.payload_size IS 'size of the message, bytes; its text is in no view';

COMMENT ON VIEW board.risk IS 'state: the risk of every scored venue';
COMMENT ON COLUMN board.risk.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.risk.code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.risk.name IS 'name in the register';
COMMENT ON COLUMN board.risk.name_en IS 'English name; empty where there is none';
COMMENT ON COLUMN board.risk.district IS 'district of the venue';
COMMENT ON COLUMN board.risk.use IS 'use class of the venue (mall, complex, hotel, …)';
COMMENT ON COLUMN board.risk.lat IS 'latitude, degrees, WGS-84; null: not known';
COMMENT ON COLUMN board.risk.lon IS 'longitude, degrees, WGS-84; null: not known';
COMMENT ON COLUMN board.risk.at IS 'as of when it was scored';
COMMENT ON COLUMN board.risk.score IS 'risk score, 0 to 100, higher is worse';
COMMENT ON COLUMN board.risk.grade IS 'grade A, B, C or D; D is the worst';
COMMENT ON COLUMN board.risk.base IS 'what a typical venue scores; the points of all factors are added to it';
COMMENT ON COLUMN board.risk.band IS 'grade by the score alone, before rules, waiting times and overrides';
COMMENT ON COLUMN board.risk.grade_since IS 'since when the grade holds';
COMMENT ON COLUMN board.risk.rate IS 'expected fires in the next 90 days';
COMMENT ON COLUMN board.risk.uncontrolled IS
    'probability that a fire gets out of control, by the state of the facilities';
COMMENT ON COLUMN board.risk.consequence IS 'how much worse a fire would be than in an ordinary venue, times';
COMMENT ON COLUMN board.risk.coverage IS 'share of what should report that does, 0 to 1; null: not known';
COMMENT ON COLUMN board.risk.confidence IS 'how much of what a score needs was known, 0 to 1';
COMMENT ON COLUMN board.risk.rank IS 'place among all scored venues, 1 is the worst; equals share a place';
COMMENT ON COLUMN board.risk.rank_low IS 'lower end of the 90 % interval of the rank';
COMMENT ON COLUMN board.risk.rank_high IS 'upper end of the 90 % interval of the rank';
COMMENT ON COLUMN board.risk.hits IS 'how many rules hold';
COMMENT ON COLUMN board.risk.overridden IS 'whether an officer''s override sets the grade';
COMMENT ON COLUMN board.risk.version IS 'version of the model';

COMMENT ON VIEW board.risk_factor IS 'state: what each score is made of; base and points add up to it';
COMMENT ON COLUMN board.risk_factor.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.risk_factor.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.risk_factor.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.risk_factor.district IS 'district of the venue';
COMMENT ON COLUMN board.risk_factor.use IS 'use class of the venue (mall, complex, hotel, …)';
COMMENT ON COLUMN board.risk_factor.code IS 'code of the factor';
COMMENT ON COLUMN board.risk_factor.part IS 'which part of the risk it belongs to: rate, uncontrolled or consequence';
COMMENT ON COLUMN board.risk_factor.points IS 'what it adds to the score, or takes from it';

COMMENT ON VIEW board.risk_history IS 'history: the scores that venues had';
COMMENT ON COLUMN board.risk_history.time IS 'as of when it was scored; it held until the next';
COMMENT ON COLUMN board.risk_history.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.risk_history.code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.risk_history.name IS 'name in the register';
COMMENT ON COLUMN board.risk_history.district IS 'district of the venue';
COMMENT ON COLUMN board.risk_history.use IS 'use class of the venue (mall, complex, hotel, …)';
COMMENT ON COLUMN board.risk_history.score IS 'risk score, 0 to 100, higher is worse';
COMMENT ON COLUMN board.risk_history.grade IS 'grade A, B, C or D; D is the worst';
COMMENT ON COLUMN board.risk_history.confidence IS 'how much of what a score needs was known, 0 to 1';
COMMENT ON COLUMN board.risk_history.coverage IS 'share of what should report that does, 0 to 1; null: not known';
COMMENT ON COLUMN board.risk_history.version IS 'version of the model that scored';

COMMENT ON VIEW board.risk_guard IS 'history: what each guard of the model found, once a day';
COMMENT ON COLUMN board.risk_guard.time IS 'start of the day of Asia/Shanghai';
COMMENT ON COLUMN board.risk_guard.name IS 'name of the guard';
COMMENT ON COLUMN board.risk_guard.value IS 'what it found; null: too little data';
COMMENT ON COLUMN board.risk_guard.low IS 'lower end of what is accepted; null: none';
COMMENT ON COLUMN board.risk_guard.high IS 'upper end of what is accepted; null: none';
COMMENT ON COLUMN board.risk_guard.fired IS 'whether it fired';

COMMENT ON VIEW board.risk_model IS 'state: models with the figures of their cards';
COMMENT ON COLUMN board.risk_model.version IS 'version of the model';
COMMENT ON COLUMN board.risk_model.kind IS 'prior, map or boosted';
COMMENT ON COLUMN board.risk_model.made_at IS 'when it was made';
COMMENT ON COLUMN board.risk_model.current IS 'whether it scores now, or is the prior that a guard fell back to';
COMMENT ON COLUMN board.risk_model.auc IS
    'area under the ROC curve, 0.5 to 1, on quarters it had not seen; null: too few fires to tell, or never measured';
COMMENT ON COLUMN board.risk_model.auc_low IS 'lower end of its 95 % interval';
COMMENT ON COLUMN board.risk_model.auc_high IS 'upper end of its 95 % interval';
COMMENT ON COLUMN board.risk_model.ap IS 'average precision, 0 to 1; null as above';
COMMENT ON COLUMN board.risk_model.ap_low IS 'lower end of its 95 % interval';
COMMENT ON COLUMN board.risk_model.ap_high IS 'upper end of its 95 % interval';
COMMENT ON COLUMN board.risk_model.ece IS 'expected calibration error, 0 to 1';
COMMENT ON COLUMN board.risk_model.n IS 'rows (venues and months) that it was measured on';
COMMENT ON COLUMN board.risk_model.positives IS 'fires among them';
COMMENT ON COLUMN board.risk_model.base_rate IS 'share of rows with a fire, 0 to 1';

COMMENT ON VIEW board.risk_calibration IS
    'state: predicted against observed, by ten equal parts of the venues, from the card of each model';
COMMENT ON COLUMN board.risk_calibration.version IS 'version of the model';
COMMENT ON COLUMN board.risk_calibration.bin IS '1 to 10, by rising predicted probability';
COMMENT ON COLUMN board.risk_calibration.predicted IS 'mean predicted probability of a fire within 90 days, 0 to 1';
COMMENT ON COLUMN board.risk_calibration.observed IS 'share that had one, 0 to 1';
COMMENT ON COLUMN board.risk_calibration.n IS 'rows in the bin';

COMMENT ON VIEW board.risk_gain IS
    'state: how many of the fires the first part of the ranking holds, from the card of each model';
COMMENT ON COLUMN board.risk_gain.version IS 'version of the model';
COMMENT ON COLUMN board.risk_gain.share IS 'first part of the ranking, 0 to 1';
COMMENT ON COLUMN board.risk_gain.recall IS 'share of all fires in it, 0 to 1';
COMMENT ON COLUMN board.risk_gain.lift IS 'times what a random choice of as many would find';

COMMENT ON VIEW board.risk_proposal IS 'state: what grades called for, open and decided';
COMMENT ON COLUMN board.risk_proposal.proposal_id IS 'number of the proposal';
COMMENT ON COLUMN board.risk_proposal.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.risk_proposal.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.risk_proposal.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.risk_proposal.district IS 'district of the venue';
COMMENT ON COLUMN board.risk_proposal.kind IS
    'duty_checks, fault_follow_up, reminder, interview, visit, hazard_determination, admonition';
COMMENT ON COLUMN board.risk_proposal.grade IS 'the grade that called for it';
COMMENT ON COLUMN board.risk_proposal.proposed_at IS 'when it was proposed';
COMMENT ON COLUMN board.risk_proposal.due_at IS 'until when it should be done; null: no date';
COMMENT ON COLUMN board.risk_proposal.state IS 'open, accepted, declined, lapsed';
COMMENT ON COLUMN board.risk_proposal.decided_at IS 'when it was decided; null: open';
COMMENT ON COLUMN board.risk_proposal.overdue IS 'whether it is open and past its date';

COMMENT ON VIEW board.choice IS 'history: venues in draws of whom to look at, with their probabilities';
COMMENT ON COLUMN board.choice.time IS 'when the draw was made';
COMMENT ON COLUMN board.choice.round_id IS 'number of the draw';
COMMENT ON COLUMN board.choice.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.choice.venue_code IS 'the venue''s code then';
COMMENT ON COLUMN board.choice.use IS 'use class of the venue then';
COMMENT ON COLUMN board.choice.probability IS 'with which the venue was to be chosen, 0 to 1';
COMMENT ON COLUMN board.choice.score IS 'risk score then, 0 to 100';
COMMENT ON COLUMN board.choice.rank IS 'rank then';
COMMENT ON COLUMN board.choice.chosen IS 'whether it was';
COMMENT ON COLUMN board.choice.by_chance IS 'chosen, and would not have been by rank alone';

COMMENT ON VIEW board.process IS 'state: every process of the platform and whether it lives';
COMMENT ON COLUMN board.process.process IS 'name of the process (ingest, desk, risk, api, upkeep)';
COMMENT ON COLUMN board.process.worker IS 'name of the process among its kind';
COMMENT ON COLUMN board.process.standby IS 'whether it waits until the one that works under its name has ended';
COMMENT ON COLUMN board.process.version IS 'version of the program';
COMMENT ON COLUMN board.process.started_at IS 'when it started';
COMMENT ON COLUMN board.process.at IS 'when it last reported';
COMMENT ON COLUMN board.process.age_s IS 'since then, seconds';
COMMENT ON COLUMN board.process.every_s IS 'how often it reports, seconds';
COMMENT ON COLUMN board.process.ended_at IS 'when it ended because it was asked to; null: it did not';
COMMENT ON COLUMN board.process.alive IS
    'whether it has not ended and reported within three of its periods and 5 seconds';
COMMENT ON COLUMN board.process.last_error_at IS 'when it last wrote an error to its log; null: it did not';

COMMENT ON VIEW board.process_figure IS 'state: the newest figures of every process, as on its /metrics';
COMMENT ON COLUMN board.process_figure.process IS 'name of the process (ingest, desk, risk, api, upkeep)';
COMMENT ON COLUMN board.process_figure.worker IS 'name of the process among its kind';
COMMENT ON COLUMN board.process_figure.standby IS 'whether it waits until the one that works under its name has ended';
COMMENT ON COLUMN board.process_figure.series IS 'the series with its labels, as on /metrics';
COMMENT ON COLUMN board.process_figure.name IS 'name of the series; docs/metrics.md has units and meaning';
COMMENT ON COLUMN board.process_figure.labels IS 'labels by name; characters escaped as on /metrics';
COMMENT ON COLUMN board.process_figure.value IS 'value, in the unit that the name ends with';
COMMENT ON COLUMN board.process_figure.at IS 'when the process reported it';

COMMENT ON VIEW board.process_figure_minute IS
    'history: figures of every process by minute, of one day, without buckets; of the series that the process has now';
COMMENT ON COLUMN board.process_figure_minute.time IS 'the minute';
COMMENT ON COLUMN board.process_figure_minute.process IS 'name of the process (ingest, desk, risk, api, upkeep)';
COMMENT ON COLUMN board.process_figure_minute.worker IS 'name of the process among its kind';
COMMENT ON COLUMN board.process_figure_minute.series IS 'the series with its labels, as on /metrics';
COMMENT ON COLUMN board.process_figure_minute.name IS 'name of the series; docs/metrics.md has units and meaning';
COMMENT ON COLUMN board.process_figure_minute.labels IS 'labels by name; characters escaped as on /metrics';
COMMENT ON COLUMN board.process_figure_minute.value IS 'value, in the unit that the name ends with';

COMMENT ON VIEW board.lag IS 'history: how far behind each reader was, by minute, of one day';
COMMENT ON COLUMN board.lag.time IS 'the minute';
COMMENT ON COLUMN board.lag.process IS 'name of the process (ingest, desk, risk, api, upkeep)';
COMMENT ON COLUMN board.lag.worker IS 'name of the process among its kind';
COMMENT ON COLUMN board.lag.of IS 'whose lag: alarm, state, reading, desk.alarm, events, …';
COMMENT ON COLUMN board.lag.seconds IS 'how far behind, seconds';

COMMENT ON VIEW board.job IS 'state: the last run of each periodic job';
COMMENT ON COLUMN board.job.name IS 'name of the job';
COMMENT ON COLUMN board.job.period_s IS 'how often it should run, seconds';
COMMENT ON COLUMN board.job.started_at IS 'when it last started';
COMMENT ON COLUMN board.job.finished_at IS 'when that run ended; null: it runs';
COMMENT ON COLUMN board.job.outcome IS 'running, done, skipped or failed';
COMMENT ON COLUMN board.job.rows IS 'rows that it worked on';
COMMENT ON COLUMN board.job.duration_s IS 'how long it took, seconds';
COMMENT ON COLUMN board.job.done_at IS 'when it last ended well; null: never';
COMMENT ON COLUMN board.job.overdue IS 'whether it has not ended well for two periods and ten minutes';

COMMENT ON VIEW board.retention IS 'state: how long each class of data is kept';
COMMENT ON COLUMN board.retention.class IS 'class of data: readings, raw, hours, days, scores, incidents, audit';
COMMENT ON COLUMN board.retention.keep_days IS 'how long it is kept, days';
COMMENT ON COLUMN board.retention.dropped_before IS 'nothing older exists any more; null: nothing was dropped yet';

COMMENT ON VIEW board.worker IS 'state: who listens to gateways';
COMMENT ON COLUMN board.worker.worker IS 'name of the process of ingest';
COMMENT ON COLUMN board.worker.connection IS 'what it listens to: alarm, bulk, gb26875';
COMMENT ON COLUMN board.worker.watching_since IS 'since when without a break';
COMMENT ON COLUMN board.worker.beat_at IS 'when it last said so';
COMMENT ON COLUMN board.worker.age_s IS 'since then, seconds';

COMMENT ON VIEW board.database IS 'state: the database itself';
COMMENT ON COLUMN board.database.size_bytes IS 'size of the database, bytes';
COMMENT ON COLUMN board.database.connections IS 'sessions in this database';
COMMENT ON COLUMN board.database.max_connections IS 'sessions that the server allows in all';
COMMENT ON COLUMN board.database.oldest_transaction_s IS
    'how long the oldest transaction of another client has gone on, seconds';
COMMENT ON COLUMN board.database.deadlocks IS 'deadlocks since the statistics were reset';
COMMENT ON COLUMN board.database.temp_bytes IS 'bytes written to temporary files since then';
COMMENT ON COLUMN board.database.commits IS 'transactions committed since then';
COMMENT ON COLUMN board.database.rollbacks IS 'transactions rolled back since then';
COMMENT ON COLUMN board.database.started_at IS 'when the server started';

COMMENT ON VIEW board.table_size IS 'state: size of each table';
COMMENT ON COLUMN board.table_size.name IS 'name of the table';
COMMENT ON COLUMN board.table_size.kind IS 'table, or hypertable (partitioned by time)';
COMMENT ON COLUMN board.table_size.rows_estimate IS 'rows, as last estimated by ANALYZE';
COMMENT ON COLUMN board.table_size.size_bytes IS 'size with indexes and all chunks, bytes';
COMMENT ON COLUMN board.table_size.chunks IS 'number of chunks; 0 for a table';
COMMENT ON COLUMN board.table_size.compressed_chunks IS 'of those, compressed';

COMMENT ON VIEW board.annotation IS
    'history: what marks on a plot tell: incidents, tests, maintenance (what was judged so, and shielding), '
    'deployments (migrations, starts of processes)';
COMMENT ON COLUMN board.annotation.time IS 'when it began';
COMMENT ON COLUMN board.annotation.time_end IS 'when it ended; equal to time where it is a moment or still goes on';
COMMENT ON COLUMN board.annotation.kind IS 'incident, test, maintenance or deployment';
COMMENT ON COLUMN board.annotation.code IS 'the condition, or migration, or process';
COMMENT ON COLUMN board.annotation.venue_id IS 'number of the venue; null: deployments concern all';
COMMENT ON COLUMN board.annotation.district IS 'district of the venue; null: deployments concern all';
COMMENT ON COLUMN board.annotation.title IS 'name of the venue, of the migration, or of the process';
COMMENT ON COLUMN board.annotation.text IS 'name of the point, or the version of the process';
COMMENT ON COLUMN board.annotation.tags IS 'for filters: the kind and the condition';

-- What the grade was before, so that changes are found without reading all of history. Filled for whoever writes, who does so
-- in the order of the times. What locks the table comes last.
CREATE FUNCTION know_grade_before() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.grade_before := (SELECT grade FROM risk_score_history
        WHERE venue_id = NEW.venue_id AND at < NEW.at ORDER BY at DESC LIMIT 1);
    RETURN NEW;
END $$;
ALTER TABLE risk_score_history ADD COLUMN grade_before grade;   -- null: the first, or from before there was this column
CREATE TRIGGER risk_score_history_grade_before BEFORE INSERT ON risk_score_history
    FOR EACH ROW EXECUTE FUNCTION know_grade_before();

CREATE VIEW board.grade_change AS
SELECT h.at AS time, h.venue_id, v.code, v.name, v.district, v.use::text AS use, h.grade_before::text AS grade_before,
    h.grade::text AS grade, h.grade > h.grade_before AS worse, h.score::double precision AS score
FROM public.risk_score_history h JOIN public.venue v ON v.id = h.venue_id
WHERE h.grade_before <> h.grade;

GRANT SELECT ON ALL TABLES IN SCHEMA board TO fw_grafana, fw_api;

COMMENT ON VIEW board.grade_change IS 'history: when the grade of a venue changed, from the upgrade to this version on';
COMMENT ON COLUMN board.grade_change.time IS 'when the new grade was given';
COMMENT ON COLUMN board.grade_change.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.grade_change.code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.grade_change.name IS 'name in the register';
COMMENT ON COLUMN board.grade_change.district IS 'district of the venue';
COMMENT ON COLUMN board.grade_change.use IS 'use class of the venue (mall, complex, hotel, …)';
COMMENT ON COLUMN board.grade_change.grade_before IS 'the grade until then';
COMMENT ON COLUMN board.grade_change.grade IS 'the grade from then on';
COMMENT ON COLUMN board.grade_change.worse IS 'whether the new one is worse';
COMMENT ON COLUMN board.grade_change.score IS 'the score then, 0 to 100';

CREATE VIEW board.water_finding AS
SELECT b.at AS time, e.at AS ended_at, b.data ->> 'what' AS finding, (b.data ->> 'point')::bigint AS point_id,
    b.venue_id, v.code AS venue_code, v.name AS venue_name, v.district
FROM public.risk_fact b JOIN public.venue v ON v.id = b.venue_id
LEFT JOIN LATERAL (
    SELECT at FROM public.risk_fact
    WHERE kind = 'water_ended' AND data ->> 'finding' = b.data ->> 'finding' ORDER BY at LIMIT 1) e ON true
WHERE b.kind = 'water_began';
GRANT SELECT ON board.water_finding TO fw_grafana, fw_api;

COMMENT ON VIEW board.water_finding IS 'history: what the detectors of the water supply found, with the end of it';
COMMENT ON COLUMN board.water_finding.time IS 'when it began, by the evidence';
COMMENT ON COLUMN board.water_finding.ended_at IS 'when it ended; null: it holds';
COMMENT ON COLUMN board.water_finding.finding IS
    'main_burst, below, above, shift, stuck, implausible, drift or silent';
COMMENT ON COLUMN board.water_finding.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.water_finding.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.water_finding.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.water_finding.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.water_finding.district IS 'district of the venue';

-- Indexes that migrations make without blocking writers (migrations/concurrently.sql).
CREATE INDEX episode_raised ON episode (raised_at);
CREATE INDEX gateway_command_duty ON gateway_command (asked_at) WHERE command = 'duty_check';
CREATE INDEX message_day_time ON message_day ((day::timestamp AT TIME ZONE 'Asia/Shanghai'));
CREATE INDEX risk_fact_water_at ON risk_fact (at) WHERE kind = 'water_began';
CREATE INDEX risk_fact_water_began ON risk_fact (((data ->> 'point')::bigint), (data ->> 'what'), at) WHERE kind = 'water_began';
CREATE INDEX risk_fact_water_ended ON risk_fact ((data ->> 'finding')) WHERE kind = 'water_ended';
CREATE INDEX risk_score_history_time ON risk_score_history (at, venue_id) INCLUDE (score, grade, confidence, coverage);
CREATE INDEX risk_score_history_changes ON risk_score_history (at) WHERE grade_before <> grade;

-- Which message opened an incident: the id by which it is followed from its gateway to the screen.

ALTER TABLE incident ADD COLUMN trace_id text;     -- of the message; null: no message said so (offline)
CREATE INDEX incident_trace ON incident (trace_id);

-- As ingest.trace_id computes it, for whoever looks for the message of an id.
CREATE FUNCTION message_trace_id(gateway text, boot text, lane text, seq bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN encode(substring(sha256(convert_to('fire/v1/' || gateway || '/' || lane || '/' || seq || '/' || boot, 'UTF8'))
    FROM 1 FOR 16), 'hex');

-- Was the link to the 119 centre tested today? A person tests it and says so; nothing is sent anywhere. A few hundred rows a
-- year, which are kept.
CREATE TABLE link_test (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT now(),
    outcome  text NOT NULL CHECK (outcome IN ('ok', 'failed')),
    by       text NOT NULL CHECK (length(by) BETWEEN 1 AND 100)
);
CREATE INDEX link_test_at ON link_test (at);
CREATE TRIGGER link_test_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON link_test
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON link_test TO fw_api;

CREATE VIEW board.link_test AS SELECT at AS time, outcome, by FROM public.link_test;
COMMENT ON VIEW board.link_test IS 'history: tests of the link to the 119 centre, as people recorded them';
COMMENT ON COLUMN board.link_test.time IS 'when the test was recorded';
COMMENT ON COLUMN board.link_test.outcome IS 'ok or failed';
COMMENT ON COLUMN board.link_test.by IS 'who tested';

CREATE VIEW board.link_test_state AS
SELECT count(*) > 0 AS recorded, max(at) AS last_at, max(at) FILTER (WHERE outcome = 'ok') AS ok_at,
    board.seconds(now() - coalesce(max(at) FILTER (WHERE outcome = 'ok'), min(at))) AS without_ok_s
FROM public.link_test;
COMMENT ON VIEW board.link_test_state IS 'state: how long ago the link to the 119 centre was last tested well; one row, always';
COMMENT ON COLUMN board.link_test_state.recorded IS 'whether a test was ever recorded here';
COMMENT ON COLUMN board.link_test_state.last_at IS 'when the last test was recorded, however it ended; null: never';
COMMENT ON COLUMN board.link_test_state.ok_at IS 'when the last test that went well was recorded; null: never';
COMMENT ON COLUMN board.link_test_state.without_ok_s IS
    'seconds since the last test that went well; where none ever did, since the first; null: none was ever recorded';

-- Two minutes after its end an hour is over: upkeep.hours.GRACE.
CREATE VIEW board.rollup_due AS
SELECT count(DISTINCT day) AS due_days, min(from_at) AS oldest_from
FROM public.rollup_due WHERE from_at < date_trunc('hour', now() - interval '2 minutes');
COMMENT ON VIEW board.rollup_due IS 'state: readings of hours that are over and not rolled up, as last noticed; one row, always';
COMMENT ON COLUMN board.rollup_due.due_days IS 'days (of Asia/Shanghai) that have such hours';
COMMENT ON COLUMN board.rollup_due.oldest_from IS 'start of the oldest such hour; null: there is none';

GRANT SELECT ON board.link_test, board.link_test_state, board.rollup_due TO fw_grafana, fw_api;
