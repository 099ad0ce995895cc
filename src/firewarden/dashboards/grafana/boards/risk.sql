-- name: now
-- The scores of the chosen districts in one row.
SELECT count(*) AS scored, count(*) FILTER (WHERE grade = 'A') AS "A", count(*) FILTER (WHERE grade = 'B') AS "B",
    count(*) FILTER (WHERE grade = 'C') AS "C", count(*) FILTER (WHERE grade = 'D') AS "D",
    percentile_cont(0.5) WITHIN GROUP (ORDER BY score) AS median_score,
    count(*) FILTER (WHERE confidence < 0.5) AS doubtful, count(*) FILTER (WHERE overridden) AS overridden,
    count(*) FILTER (WHERE hits > 0) AS by_rule
FROM board.risk WHERE '__all' IN ($district) OR district IN ($district)

-- name: venues
-- Every scored venue, the riskiest first.
SELECT rank, code, CASE WHEN '${language}' = 'en' AND name_en <> '' THEN name_en ELSE name END AS name, district, use, grade,
    score, grade_since, rate, confidence, rank_low, rank_high, venue_id
FROM board.risk WHERE '__all' IN ($district) OR district IN ($district) ORDER BY rank, code LIMIT 5000

-- name: movers
-- Whose score changed most, against a day and a week ago.
SELECT r.code, CASE WHEN '${language}' = 'en' AND r.name_en <> '' THEN r.name_en ELSE r.name END AS name, r.district, r.grade,
    r.score, r.score - d.score AS since_day, r.score - w.score AS since_week, r.venue_id
FROM board.risk r
LEFT JOIN LATERAL (SELECT h.score FROM board.risk_history h WHERE h.venue_id = r.venue_id
    AND h.time BETWEEN $__timeTo()::timestamptz - interval '8 days' AND $__timeTo()::timestamptz - interval '1 day'
    ORDER BY h.time DESC LIMIT 1) d ON true
LEFT JOIN LATERAL (SELECT h.score FROM board.risk_history h WHERE h.venue_id = r.venue_id
    AND h.time BETWEEN $__timeTo()::timestamptz - interval '14 days' AND $__timeTo()::timestamptz - interval '7 days'
    ORDER BY h.time DESC LIMIT 1) w ON true
WHERE ('__all' IN ($district) OR r.district IN ($district)) AND r.score <> coalesce(w.score, r.score)
ORDER BY abs(r.score - w.score) DESC, r.code LIMIT 50

-- name: factors
-- The points that each factor brings to a venue on average.
SELECT f.code AS factor, sum(f.points) / (SELECT count(*) FROM board.risk WHERE '__all' IN ($district) OR district IN ($district))
    AS mean_points, count(*) AS venues
FROM board.risk_factor f WHERE '__all' IN ($district) OR f.district IN ($district)
GROUP BY f.code ORDER BY mean_points DESC LIMIT 20

-- name: grade_changes
-- How many venues got worse and how many better, by day.
SELECT date_bin('1 day', time, '2001-01-01 00:00+08') AS time, count(*) FILTER (WHERE worse) AS worse,
    count(*) FILTER (WHERE NOT worse) AS better
FROM board.grade_change WHERE $__timeFilter(time) AND ('__all' IN ($district) OR district IN ($district))
GROUP BY 1 ORDER BY 1

-- name: changes
-- Each change of a grade, the newest first.
SELECT c.time, CASE WHEN '${language}' = 'en' AND v.name_en <> '' THEN v.name_en ELSE v.name END AS name,
    c.district, c.grade_before, c.grade, c.score, c.venue_id
FROM board.grade_change c JOIN board.venue v ON v.venue_id = c.venue_id
WHERE $__timeFilter(c.time) AND ('__all' IN ($district) OR c.district IN ($district)) ORDER BY c.time DESC LIMIT 200

-- name: guards
-- What each guard of the model found last; guards run once a day.
SELECT DISTINCT ON (name) split_part(name, '.', 1) AS guard, split_part(name, '.', 2) AS feature, value, low, high, fired, time
FROM board.risk_guard
WHERE time BETWEEN $__timeTo()::timestamptz - interval '7 days' AND $__timeTo()::timestamptz ORDER BY name, time DESC

-- name: model
-- The card of the current model: one row.
SELECT version, kind AS model_kind, made_at, auc, auc_low, auc_high, ap, ece, n, positives, base_rate
FROM board.risk_model WHERE current

-- name: calibration
-- What the current model predicted against what happened, by ten equal parts of the venues.
SELECT c.bin::text AS part, c.predicted AS predicted_share, c.observed AS observed_share
FROM board.risk_calibration c JOIN board.risk_model m ON m.version = c.version AND m.current ORDER BY c.bin

-- name: gain
-- How many of the fires the first part of the current model's ranking holds.
SELECT round(g.share * 100)::integer || ' %' AS part, g.recall AS recall_share, g.lift
FROM board.risk_gain g JOIN board.risk_model m ON m.version = g.version AND m.current ORDER BY g.share

-- name: proposals
-- What the grades call for and nobody has decided, the most overdue first.
SELECT p.kind AS proposal_kind, CASE WHEN '${language}' = 'en' AND v.name_en <> '' THEN v.name_en ELSE v.name END AS venue_name,
    p.district, p.grade, p.proposed_at, p.due_at, p.overdue, p.venue_id
FROM board.risk_proposal p JOIN board.venue v ON v.venue_id = p.venue_id
WHERE p.state = 'open' AND ('__all' IN ($district) OR p.district IN ($district))
ORDER BY p.due_at, p.venue_code LIMIT 200
