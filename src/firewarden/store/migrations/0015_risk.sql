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
