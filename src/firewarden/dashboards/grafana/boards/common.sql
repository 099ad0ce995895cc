-- name: variable_district
-- The districts that have venues.
SELECT DISTINCT district FROM board.venue ORDER BY district LIMIT 200

-- name: variable_venue
-- Venues of the chosen districts whose code or name has what was searched for. The search box keeps the list short.
SELECT code || ' ' || CASE WHEN '${language}' = 'en' AND name_en <> '' THEN name_en ELSE name END AS __text,
    venue_id::text AS __value
FROM board.venue
WHERE ('__all' IN ($district) OR district IN ($district))
    AND (code || ' ' || name || ' ' || name_en) ILIKE '%' || ${venue_search:sqlstring} || '%'
ORDER BY open_fires DESC, code LIMIT 500

-- name: variable_system
-- The systems of the chosen venue that measure something.
SELECT s.name AS __text, s.system_id::text AS __value FROM board.system s
WHERE s.venue_id = nullif(${venue:sqlstring}, '')::bigint
    AND EXISTS (SELECT 1 FROM board.point p WHERE p.system_id = s.system_id AND p.quantity IS NOT NULL)
ORDER BY s.kind, s.name LIMIT 200

-- name: variable_point
-- The measuring points of the chosen systems.
SELECT name AS __text, point_id::text AS __value FROM board.point
WHERE quantity IS NOT NULL AND venue_id = nullif(${venue:sqlstring}, '')::bigint
    AND ('__all' IN ($system) OR coalesce(system_id::text, '') IN ($system)) ORDER BY quantity, name, point_id LIMIT 200

-- name: annotation_city_incident
-- Fire signals of the city. Of other kinds there are too many for a mark each.
SELECT time, time_end AS timeend, title || ' ' || text AS text, array_to_string(tags, ',') AS tags
FROM board.annotation WHERE kind = 'incident' AND code = 'fire' AND $__timeFilter(time) ORDER BY time DESC LIMIT 200

-- name: annotation_city_test
-- Tests anywhere in the city.
SELECT time, time_end AS timeend, title || ' ' || text AS text, array_to_string(tags, ',') AS tags
FROM board.annotation WHERE kind = 'test' AND $__timeFilter(time) ORDER BY time DESC LIMIT 200

-- name: annotation_city_maintenance
-- Maintenance and shielding anywhere in the city.
SELECT time, time_end AS timeend, title || ' ' || text AS text, array_to_string(tags, ',') AS tags
FROM board.annotation WHERE kind = 'maintenance' AND $__timeFilter(time) ORDER BY time DESC LIMIT 200

-- name: annotation_city_deployment
-- Migrations of the database and starts of processes.
SELECT time, time_end AS timeend, title || ' ' || text AS text, array_to_string(tags, ',') AS tags
FROM board.annotation WHERE kind = 'deployment' AND $__timeFilter(time) ORDER BY time DESC LIMIT 200

-- name: annotation_venue_incident
-- Every incident of the chosen venue.
SELECT time, time_end AS timeend, text, array_to_string(tags, ',') AS tags FROM board.annotation
WHERE kind = 'incident' AND venue_id = nullif(${venue:sqlstring}, '')::bigint AND $__timeFilter(time)
ORDER BY time DESC LIMIT 200

-- name: annotation_venue_test
-- Tests at the chosen venue.
SELECT time, time_end AS timeend, text, array_to_string(tags, ',') AS tags FROM board.annotation
WHERE kind = 'test' AND venue_id = nullif(${venue:sqlstring}, '')::bigint AND $__timeFilter(time)
ORDER BY time DESC LIMIT 200

-- name: annotation_venue_maintenance
-- Maintenance and shielding at the chosen venue.
SELECT time, time_end AS timeend, text, array_to_string(tags, ',') AS tags FROM board.annotation
WHERE kind = 'maintenance' AND venue_id = nullif(${venue:sqlstring}, '')::bigint AND $__timeFilter(time)
ORDER BY time DESC LIMIT 200

-- name: annotation_venue_deployment
-- Migrations of the database and starts of processes.
SELECT time, time_end AS timeend, title || ' ' || text AS text, array_to_string(tags, ',') AS tags
FROM board.annotation WHERE kind = 'deployment' AND $__timeFilter(time) ORDER BY time DESC LIMIT 200

-- name: readings
-- What the chosen points measured, at most 300 steps and 14 points: of readings up to two days, of hours up to 90 days, else
-- of days; only the branch that fits the range is run. With the limits of the point that is worst off now as the series low and high.
WITH span AS (
    SELECT $__timeFrom()::timestamptz AS lo, $__timeTo()::timestamptz AS hi,
        greatest(($__timeTo()::timestamptz - $__timeFrom()::timestamptz) / 300, interval '1 minute') AS step
), chosen AS (
    SELECT point_id, coalesce(system || ' · ', '') || name AS metric, low, high,
        least(last_value - low, high - last_value) / nullif(high - low, 0) AS room FROM board.water_point
    WHERE venue_id = nullif(${venue:sqlstring}, '')::bigint AND quantity IN (:quantities)
        AND ('__all' IN ($system) OR coalesce(system_id::text, '') IN ($system))
        AND ('__all' IN ($point) OR point_id::text IN ($point))
    ORDER BY system_kind, point_id LIMIT 14
), measured AS (
    SELECT r.time, c.metric, r.value, 1 AS n FROM chosen c JOIN board.reading r ON r.point_id = c.point_id
    WHERE $__timeFilter(r.time) AND $__timeTo()::timestamptz - $__timeFrom()::timestamptz <= interval '2 days'
    UNION ALL
    SELECT r.time, c.metric, r.mean, r.n FROM chosen c JOIN board.reading_hour r ON r.point_id = c.point_id
    WHERE $__timeFilter(r.time) AND $__timeTo()::timestamptz - $__timeFrom()::timestamptz > interval '2 days'
        AND $__timeTo()::timestamptz - $__timeFrom()::timestamptz <= interval '90 days'
    UNION ALL
    SELECT r.time, c.metric, r.mean, r.n FROM chosen c JOIN board.reading_day r ON r.point_id = c.point_id
    WHERE $__timeFilter(r.time) AND $__timeTo()::timestamptz - $__timeFrom()::timestamptz > interval '90 days'
)
SELECT date_bin(s.step, m.time, s.lo) AS time, m.metric, sum(m.value * m.n) / sum(m.n) AS value
FROM span s CROSS JOIN measured m GROUP BY 1, 2
UNION ALL
SELECT edge, line.metric, line.value
FROM (SELECT low, high FROM chosen ORDER BY room NULLS LAST LIMIT 1) band CROSS JOIN span s
CROSS JOIN LATERAL (VALUES (s.lo), (s.hi)) AS edges (edge)
CROSS JOIN LATERAL (VALUES ('low', band.low), ('high', band.high)) AS line (metric, value)
WHERE line.value IS NOT NULL
ORDER BY 1, 2
