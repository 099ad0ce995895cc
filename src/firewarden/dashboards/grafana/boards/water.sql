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
-- Measuring points whose newest value is outside its band, or of which the detectors found something; bursts and low values
-- first.
SELECT p.finding, CASE WHEN '${language}' = 'en' AND v.name_en <> '' THEN v.name_en ELSE v.name END AS venue_name,
    p.venue_code, p.district, p.system_kind::text AS system_kind, p.name, p.quantity, p.last_value, p.low, p.high, p.unit,
    p.last_at, p.finding_since, p.venue_id
FROM board.water_point p JOIN board.venue v ON v.venue_id = p.venue_id
WHERE (p.below OR p.above OR p.finding IS NOT NULL) AND ('__all' IN ($district) OR p.district IN ($district))
ORDER BY array_position(ARRAY['main_burst', 'below', 'above', 'shift', 'stuck', 'implausible', 'drift', 'silent'],
    coalesce(p.finding, CASE WHEN p.below THEN 'below' ELSE 'above' END)), p.finding_since, p.venue_code LIMIT 300

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
-- Where in its band each newest pressure is: 0 % is the lower limit, 100 % the upper; what lies further out than
-- half a band counts at the ends.
SELECT least(150, greatest(-50, 100 * (last_value - low) / (high - low))) AS position FROM board.water_point
WHERE quantity = 'pressure' AND last_value IS NOT NULL AND high > low
    AND ('__all' IN ($district) OR district IN ($district)) LIMIT 5000

-- name: manual
-- Pumps and controllers of the water systems that would not start by themselves.
SELECT CASE WHEN '${language}' = 'en' AND v.name_en <> '' THEN v.name_en ELSE v.name END AS venue_name,
    e.district, e.system_kind::text AS system_kind, e.point_name, e.time AS since, e.duration_s, e.venue_id
FROM board.episode e JOIN board.venue v ON v.venue_id = e.venue_id
WHERE e.kind = 'manual' AND e.cleared_at IS NULL AND e.time <= $__timeTo()::timestamptz AND e.system_kind BETWEEN 10 AND 16
    AND ('__all' IN ($district) OR e.district IN ($district))
ORDER BY e.time LIMIT 200

-- name: mains
-- Street mains: how many venues of a district had low pressure at the same time, in 120 steps of the range. One venue is that
-- venue's matter; several at once are the main's.
WITH span AS (
    SELECT $__timeFrom()::timestamptz AS lo, $__timeTo()::timestamptz AS hi,
        extract(epoch FROM $__timeTo()::timestamptz - $__timeFrom()::timestamptz) / 120 AS width
), held AS (
    SELECT f.district, f.venue_id, step FROM span, board.water_finding f, generate_series(
        greatest(0, floor(extract(epoch FROM f.time - lo) / width))::integer,
        least(119, floor(extract(epoch FROM coalesce(f.ended_at, least(hi, now())) - lo) / width))::integer) AS step
    WHERE f.finding IN ('below', 'main_burst') AND f.time <= $__timeTo()::timestamptz
        AND f.time >= $__timeFrom()::timestamptz - interval '90 days' AND (f.ended_at IS NULL OR f.ended_at >= lo)
        AND ('__all' IN ($district) OR f.district IN ($district))
)
SELECT lo + at.step * width * interval '1 second' AS time, d.district AS metric, count(DISTINCT h.venue_id) AS value
FROM span CROSS JOIN generate_series(0, 119) AS at (step) CROSS JOIN (SELECT DISTINCT district FROM held) d
LEFT JOIN held h ON h.step = at.step AND h.district = d.district
GROUP BY 1, at.step, d.district ORDER BY at.step, d.district

-- name: bursts
-- Findings of a burst main that have not ended: how many venues of a district see it, and since when.
SELECT district, count(DISTINCT venue_id) AS venues, min(finding_since) AS since, string_agg(DISTINCT venue_code, ' ') AS codes
FROM board.water_point WHERE finding = 'main_burst' AND ('__all' IN ($district) OR district IN ($district))
GROUP BY district ORDER BY venues DESC, district LIMIT 50
