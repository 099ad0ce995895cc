-- name: known_venues
-- Every venue that has a state, and how far it was swept.
SELECT venue_id, swept_at FROM risk_state ORDER BY venue_id

-- name: states
-- The states of the given venues.
SELECT venue_id, number, version, state, swept_at FROM risk_state WHERE venue_id = ANY(%(venues)s)

-- name: save_states
-- The states after this step.
INSERT INTO risk_state (venue_id, number, version, state, swept_at)
SELECT * FROM unnest(%(venues)s::bigint[], %(numbers)s::bigint[], %(versions)s::text[], %(states)s::bytea[],
    %(swept)s::timestamptz[])
ON CONFLICT (venue_id) DO UPDATE SET number = excluded.number, version = excluded.version, state = excluded.state,
    swept_at = excluded.swept_at

-- name: save_facts
-- What this step took in.
INSERT INTO risk_fact (venue_id, number, at, stepped_at, kind, source, source_id, data)
SELECT n.venue_id, n.number, n.at, %(stepped_at)s, n.kind, n.source, n.source_id, n.data
FROM unnest(%(venues)s::bigint[], %(numbers)s::bigint[], %(ats)s::timestamptz[], %(kinds)s::text[],
    %(sources)s::text[], %(source_ids)s::text[], %(data)s::jsonb[])
    AS n (venue_id, number, at, kind, source, source_id, data)

-- name: facts_of
-- The facts of a venue that its state at `after` does not contain, in order.
SELECT number, stepped_at, data::text AS data FROM risk_fact
WHERE venue_id = %(venue)s AND number > %(after)s ORDER BY number

-- name: known_sources
-- Which of the given rows are told already.
SELECT source_id FROM risk_fact WHERE source = %(source)s AND source_id = ANY(%(source_ids)s)

-- name: clock
-- The latest `now` of any step.
SELECT at FROM risk_clock

-- name: save_clock
-- This step's `now`.
INSERT INTO risk_clock (at) VALUES (%(at)s) ON CONFLICT (one) DO UPDATE SET at = excluded.at

-- name: last_sweep
-- When all venues were last scored, and with what.
SELECT at, cause, model, k FROM risk_sweep ORDER BY at DESC LIMIT 1

-- name: first_sweep
-- When all venues were first scored, as far back as sweeps are kept.
SELECT min(at) AS at FROM risk_sweep

-- name: sweeps_from
-- Every sweep from a moment on.
SELECT at, cause, model, k FROM risk_sweep WHERE at >= %(at)s ORDER BY at

-- name: save_sweep
-- All venues are going to be scored as of now.
INSERT INTO risk_sweep (at, cause, model, k) VALUES (%(at)s, %(cause)s, %(model)s, %(k)s)

-- name: scales
-- The scales that were fixed.
SELECT quarter, model, k FROM risk_scale

-- name: save_scale
-- Fix the scale of a quarter.
INSERT INTO risk_scale (quarter, model, k, venues, fixed_at)
VALUES (%(quarter)s, %(model)s, %(k)s, %(venues)s, %(at)s)

-- name: save_baseline
-- Keep all states as they are before this sweep.
INSERT INTO risk_baseline (at, venue_id, number, version, state)
SELECT %(at)s, venue_id, number, version, state FROM risk_state

-- name: drop_baselines
-- Two are enough.
DELETE FROM risk_baseline
WHERE at < (SELECT min(at) FROM (SELECT DISTINCT at FROM risk_baseline ORDER BY at DESC LIMIT 2) AS newest)

-- name: baselines
-- From where a replay may begin.
SELECT DISTINCT at FROM risk_baseline ORDER BY at DESC

-- name: baseline_states
-- States at a baseline.
SELECT venue_id, number, state FROM risk_baseline WHERE at = %(at)s AND venue_id = ANY(%(venues)s)

-- name: traces
-- The message that opened the given conditions and incidents of each venue, where it is one and the same.
SELECT n.venue, min(i.trace_id)
FROM unnest(%(venues)s::bigint[], %(sources)s::text[], %(ids)s::bigint[]) AS n (venue, source, id)
LEFT JOIN episode e ON n.source = 'episode' AND e.id = n.id
LEFT JOIN incident i ON i.id = CASE n.source WHEN 'episode' THEN e.incident_id ELSE n.id END
GROUP BY n.venue HAVING count(DISTINCT i.trace_id) = 1 AND count(i.trace_id) = count(*)
