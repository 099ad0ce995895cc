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
