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
    PRIMARY KEY (gateway_id, boot, lane)
) WITH (fillfactor = 70);

CREATE TABLE message_gap (
    gateway_id  text NOT NULL,
    boot        text NOT NULL,
    lane        lane NOT NULL,
    from_seq    bigint NOT NULL CHECK (from_seq >= 1),
    to_seq      bigint NOT NULL,                    -- inclusive
    seen_at     timestamptz NOT NULL,
    filled_at   timestamptz,                        -- it came after all
    given_up_at timestamptz,                        -- the gateway had its time to send again: it has it no more
    PRIMARY KEY (gateway_id, boot, lane, from_seq, to_seq),
    FOREIGN KEY (gateway_id, boot, lane) REFERENCES message_ledger,
    CHECK (to_seq >= from_seq)
);
CREATE INDEX message_gap_open ON message_gap (gateway_id) WHERE filled_at IS NULL;

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
    connection      text NOT NULL CHECK (connection IN ('alarm', 'bulk')),
    watching_since  timestamptz NOT NULL,
    beat_at         timestamptz NOT NULL,
    PRIMARY KEY (worker, connection)
) WITH (fillfactor = 60);
