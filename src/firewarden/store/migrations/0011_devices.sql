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
