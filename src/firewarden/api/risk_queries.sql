-- name: risk
-- The score of one venue as it stands.
SELECT at, score::float8 AS score, grade, confidence::float8 AS confidence, factors, triggers, doubts, version,
       base::float8 AS base, band, grade_since, rate, uncontrolled, consequence, coverage::float8 AS coverage, hits,
       counterfactuals, rank_low, rank_high, override_id
FROM risk_score WHERE venue_id = %(venue_id)s

-- name: risk_at
-- The score that a venue had at a moment.
SELECT at, score::float8 AS score, grade, confidence::float8 AS confidence, factors, triggers, doubts, version,
       base::float8 AS base, band, rate, uncontrolled, consequence, coverage::float8 AS coverage, hits,
       counterfactuals, override_id
FROM risk_score_history WHERE venue_id = %(venue_id)s AND at <= %(at)s ORDER BY at DESC LIMIT 1

-- name: risk_history
-- The scores a venue had, newest first.
SELECT at, score::float8 AS score, grade, confidence::float8 AS confidence, factors, triggers, doubts, version,
       base::float8 AS base, band, rate, uncontrolled, consequence, coverage::float8 AS coverage, hits,
       counterfactuals, override_id
FROM risk_score_history
WHERE venue_id = %(venue_id)s AND at < coalesce(%(before)s::timestamptz, 'infinity')
ORDER BY at DESC LIMIT %(rows)s

-- name: ranking
-- One page of the ranking, grade before score, as it stands or stood; ranks are those among all scored venues. What it
-- was before is looked up for the rows of the page only.
WITH standing AS (
    SELECT venue_id, at, grade, score FROM risk_score WHERE %(as_of)s::timestamptz IS NULL
    UNION ALL
    SELECT v.id, h.at, h.grade, h.score
    FROM venue v CROSS JOIN LATERAL (
        SELECT at, grade, score FROM risk_score_history
        WHERE venue_id = v.id AND at <= %(as_of)s::timestamptz ORDER BY at DESC LIMIT 1) h
    WHERE %(as_of)s::timestamptz IS NOT NULL
), ranked AS (
    SELECT venue_id, at, grade, score, rank() OVER (ORDER BY grade DESC, score DESC) AS rank, count(*) OVER () AS scored
    FROM standing
), matching AS (
    SELECT r.*, v.code, v.name, v.name_en, v.use, v.district, v.key_unit, count(*) OVER () AS total
    FROM ranked r JOIN venue v ON v.id = r.venue_id
    WHERE (%(grade)s::grade IS NULL OR r.grade = %(grade)s)
      AND (%(district)s::text IS NULL OR v.district = %(district)s)
      AND (%(use)s::use_type IS NULL OR v.use = %(use)s)
      AND (%(search)s::text IS NULL OR v.code ILIKE %(search)s OR v.name ILIKE %(search)s OR v.name_en ILIKE %(search)s)
), page AS (
    SELECT * FROM matching m
    WHERE (m.grade, m.score) <= (coalesce(%(after_grade)s::grade, 'D'), coalesce(%(after_score)s::numeric, 1000))
      AND ((m.grade, m.score) < (coalesce(%(after_grade)s::grade, 'D'), coalesce(%(after_score)s::numeric, 1000))
           OR m.venue_id > %(after_venue)s)
    ORDER BY m.grade DESC, m.score DESC, m.venue_id LIMIT %(rows)s
)
SELECT p.rank, p.scored, p.total, p.venue_id, p.code AS venue_code, p.name AS venue_name, p.name_en AS venue_name_en,
       p.use, p.district, p.key_unit, (p.score - b.score)::float8 AS change, b.grade AS grade_before,
       coalesce(to_jsonb(s), to_jsonb(h)) AS risk
FROM page p
LEFT JOIN risk_score s ON s.venue_id = p.venue_id AND %(as_of)s::timestamptz IS NULL
LEFT JOIN risk_score_history h ON h.venue_id = p.venue_id AND h.at = p.at AND %(as_of)s::timestamptz IS NOT NULL
LEFT JOIN LATERAL (
    SELECT score, grade FROM risk_score_history
    WHERE venue_id = p.venue_id AND at <= %(since)s ORDER BY at DESC LIMIT 1) b ON true
ORDER BY p.grade DESC, p.score DESC, p.venue_id

-- name: movers
-- One page of the ranking by how much a score has changed since a moment: `way` is 1 for the greatest rise first and -1
-- for the greatest fall. Venues that had no score then are not in it.
WITH standing AS (
    SELECT venue_id, at, grade, score FROM risk_score WHERE %(as_of)s::timestamptz IS NULL
    UNION ALL
    SELECT v.id, h.at, h.grade, h.score
    FROM venue v CROSS JOIN LATERAL (
        SELECT at, grade, score FROM risk_score_history
        WHERE venue_id = v.id AND at <= %(as_of)s::timestamptz ORDER BY at DESC LIMIT 1) h
    WHERE %(as_of)s::timestamptz IS NOT NULL
), ranked AS (
    SELECT venue_id, at, grade, score, rank() OVER (ORDER BY grade DESC, score DESC) AS rank, count(*) OVER () AS scored
    FROM standing
), matching AS (
    SELECT r.*, v.code, v.name, v.name_en, v.use, v.district, v.key_unit, r.score - b.score AS change,
           b.grade AS grade_before, (r.score - b.score) * %(way)s::integer AS moved, count(*) OVER () AS total
    FROM ranked r JOIN venue v ON v.id = r.venue_id CROSS JOIN LATERAL (
        SELECT score, grade FROM risk_score_history
        WHERE venue_id = r.venue_id AND at <= %(since)s ORDER BY at DESC LIMIT 1) b
    WHERE (%(grade)s::grade IS NULL OR r.grade = %(grade)s)
      AND (%(district)s::text IS NULL OR v.district = %(district)s)
      AND (%(use)s::use_type IS NULL OR v.use = %(use)s)
      AND (%(search)s::text IS NULL OR v.code ILIKE %(search)s OR v.name ILIKE %(search)s OR v.name_en ILIKE %(search)s)
      AND (NOT %(only_moved)s OR (r.score - b.score) * %(way)s::integer > 0)
), page AS (
    SELECT * FROM matching m
    WHERE %(after_moved)s::numeric IS NULL
       OR (m.moved, -m.venue_id) < (%(after_moved)s::numeric, -%(after_venue)s::bigint)
    ORDER BY m.moved DESC, m.venue_id LIMIT %(rows)s
)
SELECT p.rank, p.scored, p.total, p.venue_id, p.code AS venue_code, p.name AS venue_name, p.name_en AS venue_name_en,
       p.use, p.district, p.key_unit, p.change::float8 AS change, p.grade_before,
       coalesce(to_jsonb(s), to_jsonb(h)) AS risk
FROM page p
LEFT JOIN risk_score s ON s.venue_id = p.venue_id AND %(as_of)s::timestamptz IS NULL
LEFT JOIN risk_score_history h ON h.venue_id = p.venue_id AND h.at = p.at AND %(as_of)s::timestamptz IS NOT NULL
ORDER BY p.moved DESC, p.venue_id

-- name: ranks_of
-- The rank that a venue would have with each of some grades and scores, among the others as they stand or stood.
WITH others AS (
    SELECT grade, score FROM risk_score WHERE venue_id <> %(venue_id)s AND %(as_of)s::timestamptz IS NULL
    UNION ALL
    SELECT h.grade, h.score
    FROM venue v CROSS JOIN LATERAL (
        SELECT grade, score FROM risk_score_history
        WHERE venue_id = v.id AND at <= %(as_of)s::timestamptz ORDER BY at DESC LIMIT 1) h
    WHERE v.id <> %(venue_id)s AND %(as_of)s::timestamptz IS NOT NULL
)
SELECT 1 + (SELECT count(*) FROM others o WHERE (o.grade, o.score) > (w.grade, w.score)) AS rank,
       1 + (SELECT count(*) FROM others) AS scored
FROM unnest(%(grades)s::grade[], %(scores)s::numeric[]) WITH ORDINALITY AS w (grade, score, place)
ORDER BY w.place

-- name: scores_kept_since
-- From when on all scores are kept.
SELECT kept_since('scores') AS at

-- name: risk_facts
-- What is known of a venue, newest first: all facts, or those of some numbers, each with the frame that it was read from.
WITH page AS (
    SELECT number, at, stepped_at, kind, source, source_id, data,
           CASE WHEN jsonb_typeof(data -> 'point') = 'number' THEN (data ->> 'point')::bigint END AS point_id,
           CASE WHEN split_part(source_id, '/', 1) ~ '^[0-9]{1,18}$' THEN split_part(source_id, '/', 1)::bigint
           END AS source_row
    FROM risk_fact
    WHERE venue_id = %(venue_id)s AND number < coalesce(%(before)s::bigint, 9223372036854775807)
      AND (%(numbers)s::bigint[] IS NULL OR number = ANY(%(numbers)s::bigint[]))
    ORDER BY number DESC LIMIT %(rows)s
)
SELECT f.number, f.at, f.stepped_at, f.kind, f.source, f.source_id, f.data, f.point_id, p.address AS point_address,
       p.name AS point_name, p.floor AS point_floor,
       CASE WHEN f.source = 'incident' THEN f.source_row ELSE e.incident_id END AS incident_id,
       s.gateway_id, s.lane, s.seq, s.received_at AS frame_at
FROM page f
LEFT JOIN point p ON p.id = f.point_id
LEFT JOIN episode e ON f.source = 'episode' AND e.id = f.source_row
LEFT JOIN LATERAL (
    -- The change that the fact was made from, where its frame is kept.
    SELECT c.gateway_id, c.lane, c.seq, c.received_at
    FROM state_change c JOIN raw_frame r ON r.gateway_id = c.gateway_id AND r.received_at = c.received_at
        AND r.boot = c.boot AND r.lane = c.lane AND r.seq = c.seq
    WHERE f.kind IN ('raised', 'cleared') AND c.point_id = f.point_id AND c.at = f.at
      AND c.state::text = f.data ->> 'trouble' AND c.raised = (f.kind = 'raised')
      AND c.received_at BETWEEN f.at - interval '1 day' AND f.stepped_at + interval '1 hour'
    LIMIT 1) s ON true
ORDER BY f.number DESC

-- name: water_findings
-- What the water detectors found at a venue and what held between two moments, as it was known at the second.
WITH found AS (
    SELECT data ->> 'finding' AS finding, (data ->> 'point')::bigint AS point_id, data ->> 'what' AS what,
           data ->> 'quantity' AS quantity, (data ->> 'value')::float8 AS value, (data ->> 'expected')::float8 AS expected,
           CASE WHEN kind = 'water_began' THEN at
                ELSE to_timestamp((data ->> 'began_at')::numeric / 1000000) END AS began_at,
           CASE WHEN kind = 'water_ended' THEN at END AS ended_at
    FROM risk_fact
    WHERE venue_id = %(venue_id)s AND kind IN ('water_began', 'water_ended') AND stepped_at <= %(until)s
)
SELECT point_id, what, quantity, min(began_at) AS began_at, max(ended_at) AS ended_at, max(value) AS value,
       max(expected) AS expected
FROM found GROUP BY finding, point_id, what, quantity
HAVING min(began_at) < %(until)s AND coalesce(max(ended_at), 'infinity') >= %(since)s
ORDER BY began_at DESC LIMIT %(rows)s

-- name: risk_sensors
-- The states of a venue's water sensors that this version can read.
SELECT point_id, state FROM risk_sensor WHERE venue_id = %(venue_id)s AND version = %(version)s

-- name: risk_trend
-- The scores of a venue from a moment on, without what they are made of, newest first; and the one that held before.
SELECT time AS at, score, grade, confidence, '[]'::jsonb AS factors, version
FROM board.risk_history
WHERE venue_id = %(venue_id)s AND time <= coalesce(%(until)s::timestamptz, 'infinity')
  AND time >= coalesce((SELECT time FROM board.risk_history WHERE venue_id = %(venue_id)s AND time <= %(since)s
                        ORDER BY time DESC LIMIT 1), %(since)s)
ORDER BY time DESC LIMIT %(rows)s

-- name: model_acts
-- What was decided about models, newest first.
SELECT id, at, act, version, actor, reason FROM risk_model_act ORDER BY at DESC, id DESC LIMIT %(rows)s

-- name: risk_models
-- All models, newest first.
SELECT version, kind, made_at, data_version FROM risk_model ORDER BY made_at DESC, version DESC LIMIT %(rows)s

-- name: risk_model
-- One model with its card.
SELECT version, kind, made_at, data_version, card FROM risk_model WHERE version = %(version)s

-- name: guards_now
-- The newest finding of each guard.
SELECT DISTINCT ON (name) day, name, value, low, high, fired, detail FROM risk_guard ORDER BY name, day DESC

-- name: guards
-- What the guards found from a day on.
SELECT day, name, value, low, high, fired, detail FROM risk_guard
WHERE day >= greatest(%(since)s::date, current_date - %(days)s::integer) ORDER BY name, day

-- name: one_moment
-- All that this transaction reads from now on is of one moment.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ
