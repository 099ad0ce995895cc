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
