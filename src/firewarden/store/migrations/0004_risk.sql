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
