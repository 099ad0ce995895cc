-- name: listen_events
-- Be woken when the desk or an officer has done something.
LISTEN fw_event

-- name: listen_facts
-- Be woken by new readings.
LISTEN fw_fact

-- name: notify_event
-- Tell who watches that scores have changed.
NOTIFY fw_event

-- name: repeatable_read
-- Every query of the transaction sees the same facts.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY

-- name: touched_venues
-- Venues about which something was committed since the last reading; what we wrote ourselves is nothing new.
SELECT venue_id FROM event
WHERE xid >= pg_snapshot_xmin(%(since)s::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, %(since)s::pg_snapshot)
    AND kind <> 'risk.changed' AND venue_id IS NOT NULL
UNION
SELECT p.venue_id
FROM (
    SELECT DISTINCT unnest(point_ids) AS id FROM reading_batch
    WHERE xid >= pg_snapshot_xmin(%(since)s::pg_snapshot)
        AND NOT pg_visible_in_snapshot(xid, %(since)s::pg_snapshot)
) AS read
JOIN point p ON p.id = read.id
WHERE p.low IS NOT NULL OR p.high IS NOT NULL

-- name: unscored_venues
-- Venues of the register that have no score yet.
SELECT v.id FROM venue v
WHERE NOT EXISTS (SELECT 1 FROM risk_score s WHERE s.venue_id = v.id)
ORDER BY v.id LIMIT %(limit)s

-- name: venues_after
-- The next page of all venues.
SELECT id FROM venue WHERE id > %(after)s ORDER BY id LIMIT %(limit)s

-- name: venue_by_code
-- The number of a venue.
SELECT id FROM venue WHERE code = %(code)s

-- name: statics
-- What the given venues are, and how many points they should have.
SELECT v.id AS venue_id, v.use::text AS use, v.area_m2, v.height_m, v.built_year, v.key_unit,
    (SELECT count(*) FROM point p WHERE p.venue_id = v.id AND p.registered) AS registered_points
FROM venue v WHERE v.id = ANY(%(venues)s)

-- name: conditions
-- What holds at the given venues, by kind and type of component.
SELECT e.venue_id, e.kind::text AS kind, p.component, count(*) AS points, min(e.raised_at) AS since
FROM episode e LEFT JOIN point p ON p.id = e.point_id
WHERE e.venue_id = ANY(%(venues)s) AND e.cleared_at IS NULL AND e.kind = ANY(%(kinds)s::condition[])
GROUP BY e.venue_id, e.kind, p.component

-- name: points_out
-- How many distinct points of the given venues are faulty, shielded, either, and either since `long_before`.
SELECT e.venue_id,
    count(DISTINCT (e.gateway_id, coalesce(e.point_id, 0))) FILTER (WHERE e.kind <> 'shielded') AS faulty,
    count(DISTINCT (e.gateway_id, coalesce(e.point_id, 0))) FILTER (WHERE e.kind = 'shielded') AS shielded,
    count(DISTINCT (e.gateway_id, coalesce(e.point_id, 0))) AS out,
    count(DISTINCT (e.gateway_id, coalesce(e.point_id, 0))) FILTER (WHERE e.raised_at < %(long_before)s) AS out_long
FROM episode e
WHERE e.venue_id = ANY(%(venues)s) AND e.cleared_at IS NULL
    AND e.kind IN ('fault', 'link_fault', 'line_fault', 'shielded')
GROUP BY e.venue_id

-- name: open_fires
-- Fires and manual alarms of the given venues that nobody has judged.
SELECT venue_id, count(*) AS incidents, sum(raises)::bigint AS signals, min(occurred_at) AS since
FROM incident
WHERE venue_id = ANY(%(venues)s) AND state <> 'closed' AND kind IN ('fire', 'manual_alarm')
GROUP BY venue_id

-- name: habits
-- How often the given venues have called: judged calls, each weighing half after half_life_days, and raw signals.
-- Tests and maintenance are no habit.
WITH calls AS (
    SELECT venue_id, class, raises,
        power(0.5, greatest(0, extract(epoch FROM %(now)s - opened_at)) / 86400 / %(half_life_days)s) AS weight
    FROM incident
    WHERE venue_id = ANY(%(venues)s) AND opened_at > %(now)s - make_interval(days => %(window_days)s)
        AND kind IN ('fire', 'manual_alarm') AND (class IS NULL OR class NOT IN ('test', 'maintenance'))
)
SELECT venue_id,
    coalesce(sum(weight) FILTER (WHERE class IN ('false_alarm', 'malicious')), 0)::double precision AS false_alarms,
    coalesce(sum(weight) FILTER (WHERE class = 'real_fire'), 0)::double precision AS real_fires,
    sum(raises)::bigint AS signals
FROM calls GROUP BY venue_id

-- name: gateways
-- The gateways of the given venues that should be speaking, and since when they do not: since their last will, since
-- the desk noticed their silence, or, where they never spoke, since they were registered.
SELECT g.venue_id, g.id AS gateway_id, l.heard_at,
    CASE WHEN l.gateway_id IS NULL THEN g.created_at
         ELSE least(e.raised_at, CASE WHEN NOT l.online THEN l.changed_at END) END AS silent_since
FROM gateway g
LEFT JOIN gateway_liveness l ON l.gateway_id = g.id
LEFT JOIN episode e ON e.venue_id = g.venue_id AND e.gateway_id = g.id AND e.point_id IS NULL
    AND e.kind = 'offline' AND e.cleared_at IS NULL
WHERE g.venue_id = ANY(%(venues)s) AND g.connection IN ('trial', 'in_service')

-- name: sensors
-- The water sensors of the given venues with a normal band, their newest reading, and since when it is outside.
-- Only where nothing came after `recent` the whole past is searched; a run outside the band is followed back through
-- at most run_max readings.
SELECT p.venue_id, p.id AS point_id, p.quantity, p.low, p.high, newest.at, newest.value, run.since AS outside_since
FROM point p
LEFT JOIN unnest(%(names)s::text[], %(codes)s::smallint[]) AS q (name, code) ON q.name = p.quantity
LEFT JOIN LATERAL (
    SELECT r.at, r.value FROM reading r
    WHERE r.point_id = p.id AND (q.code IS NULL OR r.quantity = q.code) AND r.at > %(recent)s
    ORDER BY r.at DESC LIMIT 1
) AS fresh ON true
LEFT JOIN LATERAL (
    SELECT r.at, r.value FROM reading r
    WHERE fresh.at IS NULL AND r.point_id = p.id AND (q.code IS NULL OR r.quantity = q.code) AND r.at <= %(recent)s
    ORDER BY r.at DESC LIMIT 1
) AS stale ON true
CROSS JOIN LATERAL (
    SELECT coalesce(fresh.at, stale.at) AS at, coalesce(fresh.value, stale.value) AS value
) AS newest
LEFT JOIN LATERAL (
    SELECT min(past.at) AS since
    FROM (
        SELECT last.at, bool_or(last.inside) OVER (ORDER BY last.at DESC) AS over
        FROM (
            SELECT r.at, (p.low IS NULL OR r.value >= p.low) AND (p.high IS NULL OR r.value <= p.high) AS inside
            FROM reading r
            WHERE (newest.value < p.low OR newest.value > p.high)
                AND r.point_id = p.id AND (q.code IS NULL OR r.quantity = q.code) AND r.at <= newest.at
            ORDER BY r.at DESC LIMIT %(run_max)s
        ) AS last
    ) AS past
    WHERE NOT past.over
) AS run ON true
WHERE p.venue_id = ANY(%(venues)s) AND (p.low IS NOT NULL OR p.high IS NOT NULL)
    AND (p.quantity IS NULL OR q.code IS NOT NULL)

-- name: previous_scores
-- What the given venues scored last.
SELECT venue_id, at, score, grade::text AS grade, confidence FROM risk_score WHERE venue_id = ANY(%(venues)s)

-- name: save_scores
-- The scores of this moment. A row that says the same is only renewed when it is older than refresh_s.
INSERT INTO risk_score (venue_id, at, score, grade, confidence, factors, triggers, doubts, version)
SELECT n.venue_id, %(at)s, n.score, n.grade, n.confidence, n.factors, n.triggers, n.doubts, %(version)s
FROM unnest(%(venues)s::bigint[], %(scores)s::numeric[], %(grades)s::grade[], %(confidences)s::numeric[],
    %(factors)s::jsonb[], %(triggers)s::jsonb[], %(doubts)s::jsonb[])
    AS n (venue_id, score, grade, confidence, factors, triggers, doubts)
ON CONFLICT (venue_id) DO UPDATE SET at = excluded.at, score = excluded.score, grade = excluded.grade,
    confidence = excluded.confidence, factors = excluded.factors, triggers = excluded.triggers,
    doubts = excluded.doubts, version = excluded.version
WHERE (risk_score.score, risk_score.grade, risk_score.confidence, risk_score.factors, risk_score.triggers,
        risk_score.doubts, risk_score.version)
    IS DISTINCT FROM (excluded.score, excluded.grade, excluded.confidence, excluded.factors, excluded.triggers,
        excluded.doubts, excluded.version)
    OR excluded.at - risk_score.at > make_interval(secs => %(refresh_s)s)

-- name: save_history
-- Keep the scores that say something new.
INSERT INTO risk_score_history (venue_id, at, score, grade, confidence, factors, triggers, doubts, version)
SELECT n.venue_id, %(at)s, n.score, n.grade, n.confidence, n.factors, n.triggers, n.doubts, %(version)s
FROM unnest(%(venues)s::bigint[], %(scores)s::numeric[], %(grades)s::grade[], %(confidences)s::numeric[],
    %(factors)s::jsonb[], %(triggers)s::jsonb[], %(doubts)s::jsonb[])
    AS n (venue_id, score, grade, confidence, factors, triggers, doubts)

-- name: save_events
-- Tell which scores changed, with all that a row of the ranking shows.
INSERT INTO event (kind, venue_id, data)
SELECT 'risk.changed', v.id, jsonb_build_object(
    'venue_id', v.id, 'venue_code', v.code, 'venue_name', v.name, 'venue_name_en', v.name_en,
    'score', n.score, 'grade', n.grade, 'confidence', n.confidence, 'at', %(at)s::timestamptz,
    'previous', CASE WHEN n.previous_score IS NOT NULL THEN jsonb_build_object(
        'score', n.previous_score, 'grade', n.previous_grade) END)
FROM unnest(%(venues)s::bigint[], %(scores)s::numeric[], %(grades)s::grade[], %(confidences)s::numeric[],
    %(previous_scores)s::numeric[], %(previous_grades)s::grade[])
    AS n (venue_id, score, grade, confidence, previous_score, previous_grade)
JOIN venue v ON v.id = n.venue_id
