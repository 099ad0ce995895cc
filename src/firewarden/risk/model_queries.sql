-- name: active_act
-- Which model scores at a moment: the newest act until then says so.
SELECT a.id, a.at, a.act, a.version, a.actor, a.reason, m.kind, m.body
FROM risk_model_act a JOIN risk_model m USING (version)
WHERE a.at <= %(at)s ORDER BY a.at DESC, a.id DESC LIMIT 1

-- name: lock_acts
-- One act at a time, so that each is decided by the one before it.
SELECT pg_advisory_xact_lock(%(key)s)

-- name: acts
-- What was decided about models, newest first.
SELECT id, at, act, version, actor, reason FROM risk_model_act ORDER BY at DESC, id DESC LIMIT %(limit)s

-- name: add_act
-- Say which model scores, from a moment that is still to come for every step that does not see this row yet.
INSERT INTO risk_model_act (at, act, version, actor, reason)
VALUES (
    greatest(
        clock_timestamp() + %(delay)s,
        (SELECT max(at) + interval '1 microsecond' FROM risk_model_act)
    ),
    %(act)s, %(version)s, %(actor)s, %(reason)s
)
RETURNING at

-- name: add_model
-- Keep a model; one that is there already is the same.
INSERT INTO risk_model (version, kind, made_at, data_version, body, card)
VALUES (%(version)s, %(kind)s, %(made_at)s, %(data_version)s, %(body)s, %(card)s)
ON CONFLICT (version) DO NOTHING

-- name: model
-- One model, whole.
SELECT version, kind, made_at, data_version, body, card FROM risk_model WHERE version = %(version)s

-- name: models
-- All models, newest first, without their bodies.
SELECT version, kind, made_at, data_version, card FROM risk_model ORDER BY made_at DESC, version DESC LIMIT %(limit)s

-- name: first_fact
-- When the oldest thing happened that risk knows of any venue.
SELECT min(at) FROM risk_fact WHERE kind <> 'registered'

-- name: facts_by_venue
-- Every fact, venue by venue.
SELECT venue_id, data::text AS data FROM risk_fact ORDER BY venue_id, number

-- name: read_only
-- Every query of the transaction sees the same facts.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY

-- name: patient
-- A long reading waits between its pages while they are worked on.
SELECT set_config('idle_in_transaction_session_timeout', '0', true), set_config('statement_timeout', '0', true)
