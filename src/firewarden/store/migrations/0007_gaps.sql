-- Proof of no loss: gaps with a state and an end, what was counted on which day, and whom ingest asked to send again.

CREATE TYPE gap_state AS ENUM ('open', 'filled_late', 'given_up');

-- A part that comes after all is split off, so that each row has one state and each missing number stands in one row.
ALTER TABLE message_gap
    ADD COLUMN after_at timestamptz,    -- when the message before the gap was stored; null: the boot began with it
    ADD COLUMN moved_at timestamptz,    -- when it was seen, or when the last part of it came: giving up counts from here
    ADD COLUMN state gap_state NOT NULL GENERATED ALWAYS AS (
        CASE WHEN filled_at IS NOT NULL THEN 'filled_late'::gap_state
             WHEN given_up_at IS NOT NULL THEN 'given_up'::gap_state
             ELSE 'open'::gap_state END) STORED;
UPDATE message_gap SET moved_at = seen_at;
ALTER TABLE message_gap ALTER COLUMN moved_at SET NOT NULL;
CREATE INDEX message_gap_waiting ON message_gap (moved_at) WHERE state = 'open';
CREATE INDEX message_gap_asking ON message_gap (gateway_id) WHERE state = 'open';
CREATE INDEX message_gap_seen ON message_gap (seen_at);

-- The running day of each stream stands in the row that every batch updates anyway; a day that is over moves to
-- message_day. Days are those of Asia/Shanghai, by the moment of the commit.
ALTER TABLE message_ledger
    ADD COLUMN day date,                                                -- null: nothing was counted by day yet
    ADD COLUMN day_first bigint,                                        -- the first number that the day accounts for
    ADD COLUMN day_counted bigint NOT NULL DEFAULT 0,                   -- by how much the highest number rose
    ADD COLUMN day_stored bigint NOT NULL DEFAULT 0,                    -- new messages
    ADD COLUMN day_late bigint NOT NULL DEFAULT 0,                      -- of those, what filled a gap
    ADD COLUMN day_repeats bigint NOT NULL DEFAULT 0;
CREATE INDEX message_ledger_day ON message_ledger (day, gateway_id);

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

-- Whether the fact that began an episode was already old when it came.
ALTER TABLE episode ADD COLUMN late boolean NOT NULL DEFAULT false;

GRANT SELECT ON message_day, message_daily, resend_request TO fw_ingest, fw_desk, fw_risk, fw_api;
GRANT INSERT, UPDATE ON message_day, resend_request TO fw_ingest;
