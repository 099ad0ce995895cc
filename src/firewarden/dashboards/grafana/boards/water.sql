-- name: now
-- How the water supply of the chosen districts stands: one row.
WITH sensors AS (
    SELECT count(*) AS sensors, count(*) FILTER (WHERE below) AS below, count(*) FILTER (WHERE above) AS above,
        count(*) FILTER (WHERE last_at IS NULL OR last_at < now() - interval '6 hours') AS unheard,
        count(DISTINCT venue_id) FILTER (WHERE below) AS venues_below,
        count(*) FILTER (WHERE finding = 'shift' OR finding = 'main_burst') AS leaks,
        count(*) FILTER (WHERE finding IN ('stuck', 'drift', 'implausible', 'silent')) AS sensors_doubted
    FROM board.water_point WHERE '__all' IN ($district) OR district IN ($district)
)
SELECT s.*, (SELECT count(*) FROM board.point WHERE condition = 'manual' AND system_kind BETWEEN 10 AND 16
        AND ('__all' IN ($district) OR district IN ($district))) AS pumps_manual
FROM sensors s

-- name: out_of_band
-- Measuring points whose newest value is outside its band, or of which the detectors found something; the lowest first.
SELECT finding, venue_code, venue_name, district, system_kind::text AS system_kind, name, quantity, last_value, low, high, unit,
    last_at, finding_since, venue_id
FROM board.water_point
WHERE (below OR above OR finding IS NOT NULL) AND ('__all' IN ($district) OR district IN ($district))
ORDER BY finding = 'main_burst' DESC NULLS LAST, below DESC NULLS LAST, finding_since LIMIT 300

-- name: findings
-- What the detectors found that has not ended, by kind.
SELECT finding, count(*) AS n FROM board.water_point
WHERE finding IS NOT NULL AND ('__all' IN ($district) OR district IN ($district)) GROUP BY finding ORDER BY n DESC, finding

-- name: bands
-- Newest values against their bands, by system and quantity.
SELECT system_kind::text AS system_kind, count(*) FILTER (WHERE NOT below AND NOT above) AS within,
    count(*) FILTER (WHERE below) AS below, count(*) FILTER (WHERE above) AS above,
    count(*) FILTER (WHERE last_value IS NULL) AS unheard
FROM board.water_point WHERE system_kind IS NOT NULL AND ('__all' IN ($district) OR district IN ($district))
GROUP BY system_kind ORDER BY system_kind LIMIT 30

-- name: position
-- Where in its band each newest pressure is: 0 % is the lower limit, 100 % the upper.
SELECT 100 * (last_value - low) / (high - low) AS position FROM board.water_point
WHERE quantity = 'pressure' AND last_value IS NOT NULL AND high > low
    AND ('__all' IN ($district) OR district IN ($district)) LIMIT 5000

-- name: manual
-- Pumps and controllers of the water systems that would not start by themselves.
SELECT e.venue_code, e.venue_name, e.district, e.system_kind::text AS system_kind, e.point_name, e.time AS since, e.duration_s,
    e.venue_id
FROM board.episode e
WHERE e.kind = 'manual' AND e.cleared_at IS NULL AND e.time <= $__timeTo()::timestamptz AND e.system_kind BETWEEN 10 AND 16
    AND ('__all' IN ($district) OR e.district IN ($district))
ORDER BY e.time LIMIT 200

-- name: mains
-- Street mains: venues of one district whose pressure was under its band in the same hour (over a week: on the same day).
-- One venue is that venue's matter; several at once are the main's.
WITH low AS (
    SELECT r.time, r.point_id, r.low FROM board.reading_hour r
    WHERE $__timeFilter(r.time) AND r.quantity = 'pressure'
        AND $__timeTo()::timestamptz - $__timeFrom()::timestamptz <= interval '7 days'
    UNION ALL
    SELECT r.time, r.point_id, r.low FROM board.reading_day r
    WHERE $__timeFilter(r.time) AND r.quantity = 'pressure'
        AND $__timeTo()::timestamptz - $__timeFrom()::timestamptz > interval '7 days'
)
SELECT l.time, p.district AS metric, count(DISTINCT p.venue_id) AS value
FROM low l JOIN board.point p ON p.point_id = l.point_id
WHERE l.low < p.low AND ('__all' IN ($district) OR p.district IN ($district))
GROUP BY l.time, p.district ORDER BY l.time, p.district

-- name: bursts
-- Findings of a burst main that have not ended: how many venues of a district see it, and since when.
SELECT district, count(DISTINCT venue_id) AS venues, min(finding_since) AS since, string_agg(DISTINCT venue_code, ' ') AS codes
FROM board.water_point WHERE finding = 'main_burst' AND ('__all' IN ($district) OR district IN ($district))
GROUP BY district ORDER BY venues DESC, district LIMIT 50
