-- name: states
-- The state of every venue, to see its features as they are now.
SELECT venue_id, state FROM risk_state ORDER BY venue_id

-- name: expected
-- Fires that were expected on the day 90 days ago, by the last score of each venue until then.
SELECT sum(h.rate) AS predicted, count(*) AS venues
FROM venue v CROSS JOIN LATERAL (
    SELECT rate FROM risk_score_history
    WHERE venue_id = v.id AND at <= %(then)s AND at > %(then)s - interval '180 days' ORDER BY at DESC LIMIT 1
) h WHERE h.rate IS NOT NULL

-- name: fires_since
-- Venues with a real fire since then: judged by the desk or recorded by the brigade.
SELECT count(*) FROM (
    SELECT venue_id FROM risk_record WHERE kind = 'fire' AND at > %(then)s AND at <= %(now)s
    UNION
    SELECT venue_id FROM risk_fact
    WHERE kind = 'judged' AND data ->> 'verdict' = 'real_fire' AND at > %(then)s AND at <= %(now)s
) AS burnt

-- name: scores
-- What the scores of today say of coverage and grades.
SELECT grade::text AS grade, coverage::double precision AS coverage FROM risk_score

-- name: gateways
-- How many gateways should be speaking, and how many are silent.
SELECT count(DISTINCT g.id) AS gateways,
    count(DISTINCT g.id) FILTER (WHERE e.id IS NOT NULL) AS silent
FROM gateway g
LEFT JOIN episode e ON e.gateway_id = g.id AND e.kind = 'offline' AND e.cleared_at IS NULL

-- name: flagged
-- How each venue stood 90 days ago, and whether a fire or a violation was found since.
WITH stood AS (
    SELECT v.id, v.use::text AS stratum, h.score
    FROM venue v CROSS JOIN LATERAL (
        SELECT score FROM risk_score_history
        WHERE venue_id = v.id AND at <= %(then)s AND at > %(then)s - interval '180 days' ORDER BY at DESC LIMIT 1
    ) h
)
SELECT t.stratum, row_number() OVER (ORDER BY t.score DESC, t.id) <= ceil(0.1 * count(*) OVER ()) AS flagged,
    EXISTS (
        SELECT 1 FROM risk_record r WHERE r.venue_id = t.id AND r.kind IN ('fire', 'violation')
            AND r.at > %(then)s AND r.at <= %(now)s
    ) OR EXISTS (
        SELECT 1 FROM risk_fact f WHERE f.venue_id = t.id AND f.kind = 'judged'
            AND f.data ->> 'verdict' = 'real_fire' AND f.at > %(then)s AND f.at <= %(now)s
    ) AS happened
FROM stood t

-- name: followed
-- The scores of each venue 90 days ago and a week before that, and whether it burnt within the 90 days after each.
WITH fire AS (
    SELECT venue_id, at FROM risk_record
    WHERE kind = 'fire' AND at > %(then)s - %(week)s AND at <= %(now)s
    UNION ALL
    SELECT venue_id, at FROM risk_fact
    WHERE kind = 'judged' AND data ->> 'verdict' = 'real_fire' AND at > %(then)s - %(week)s AND at <= %(now)s
), burnt AS (
    SELECT venue_id, bool_or(at <= %(now)s - %(week)s) AS before, bool_or(at > %(then)s) AS after
    FROM fire GROUP BY venue_id
)
SELECT b.score AS score_before, coalesce(burnt.before, false) AS burnt_before,
    a.score AS score_after, coalesce(burnt.after, false) AS burnt_after
FROM venue v
CROSS JOIN LATERAL (
    SELECT score FROM risk_score_history
    WHERE venue_id = v.id AND at <= %(then)s - %(week)s AND at > %(then)s - interval '180 days'
    ORDER BY at DESC LIMIT 1
) b
CROSS JOIN LATERAL (
    SELECT score FROM risk_score_history
    WHERE venue_id = v.id AND at <= %(then)s AND at > %(then)s - interval '180 days' ORDER BY at DESC LIMIT 1
) a
LEFT JOIN burnt ON burnt.venue_id = v.id
ORDER BY v.id

-- name: firing_before
-- Guards that fired on the last day before this one that was judged.
SELECT name FROM risk_guard
WHERE fired AND day = (SELECT max(day) FROM risk_guard WHERE day < %(day)s)

-- name: save
-- Write down what a guard found today.
INSERT INTO risk_guard (day, name, value, low, high, fired, detail)
VALUES (%(day)s, %(name)s, %(value)s, %(low)s, %(high)s, %(fired)s, %(detail)s)
ON CONFLICT (day, name) DO UPDATE
SET value = excluded.value, low = excluded.low, high = excluded.high, fired = excluded.fired, detail = excluded.detail

-- name: newest
-- What the guards found on the newest day.
SELECT day, name, value, low, high, fired, detail FROM risk_guard
WHERE day = (SELECT max(day) FROM risk_guard) ORDER BY name LIMIT 200
