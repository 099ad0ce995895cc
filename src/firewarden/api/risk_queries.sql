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
-- What is known of a venue, newest first: all facts, or those of some numbers.
SELECT f.number, f.at, f.stepped_at, f.kind, f.source, f.source_id, f.data, p.id AS point_id, p.address AS point_address,
       p.name AS point_name, p.floor AS point_floor,
       CASE WHEN f.source = 'incident' AND f.source_id ~ '^[0-9]{1,18}$' THEN f.source_id::bigint
            ELSE e.incident_id END AS incident_id
FROM risk_fact f
LEFT JOIN point p ON f.data ? 'point' AND jsonb_typeof(f.data -> 'point') = 'number'
    AND p.id = (f.data ->> 'point')::bigint
LEFT JOIN episode e ON f.source = 'episode' AND f.data ? 'episode' AND jsonb_typeof(f.data -> 'episode') = 'number'
    AND e.id = (f.data ->> 'episode')::bigint
WHERE f.venue_id = %(venue_id)s AND f.number < coalesce(%(before)s::bigint, 9223372036854775807)
  AND (%(numbers)s::bigint[] IS NULL OR f.number = ANY(%(numbers)s::bigint[]))
ORDER BY f.number DESC LIMIT %(rows)s

-- name: one_moment
-- All that this transaction reads from now on is of one moment.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY
