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
-- The fire protection systems of the chosen venue.
SELECT name AS __text, system_id::text AS __value FROM board.system
WHERE venue_id = nullif(${venue:sqlstring}, '')::bigint ORDER BY kind, name LIMIT 200

-- name: variable_point
-- The measuring points of the chosen system.
SELECT name || ' ' || address AS __text, point_id::text AS __value FROM board.point
WHERE system_id = nullif(${system:sqlstring}, '')::bigint AND quantity IS NOT NULL ORDER BY name, address LIMIT 200

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
