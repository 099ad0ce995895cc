-- name: now
-- What holds in the chosen districts at this moment: one row.
WITH venues AS (
    SELECT count(*) AS venues, sum(open_fires) AS fires, sum(open_incidents) AS incidents,
        count(*) FILTER (WHERE grade = 'D') AS grade_d
    FROM board.venue WHERE '__all' IN ($district) OR district IN ($district)
), gateways AS (
    SELECT count(*) FILTER (WHERE online)::double precision
            / nullif(count(*) FILTER (WHERE connection IN ('trial', 'in_service')), 0) AS online_rate,
        count(DISTINCT venue_id) FILTER (WHERE connection = 'in_service') AS connected,
        count(*) FILTER (WHERE state IN ('offline', 'silent', 'never_heard')) AS gateways_out
    FROM board.gateway WHERE '__all' IN ($district) OR district IN ($district)
), points AS (
    SELECT count(*) FILTER (WHERE condition IN ('normal', 'fire', 'manual_alarm', 'supervise', 'started', 'feedback', 'delayed',
            'test'))::double precision / nullif(count(*), 0) AS intact_rate,
        count(*) FILTER (WHERE open_faults > 0) AS faults, count(*) FILTER (WHERE shielded) AS shielded
    FROM board.point WHERE registered AND ('__all' IN ($district) OR district IN ($district))
)
SELECT v.fires, v.incidents, v.grade_d, g.online_rate, g.connected::double precision / nullif(v.venues, 0) AS connected_rate,
    g.gateways_out, p.intact_rate, p.faults, p.shielded
FROM venues v CROSS JOIN gateways g CROSS JOIN points p

-- name: open_incidents
-- What nobody has closed, the most urgent first.
SELECT i.kind, CASE WHEN '${language}' = 'en' AND v.name_en <> '' THEN v.name_en ELSE v.name END AS venue_name,
    i.district, i.point_name, i.state, i.seat, i.time, i.age_s, i.venue_id
FROM board.open_incident i JOIN board.venue v ON v.venue_id = i.venue_id
WHERE '__all' IN ($district) OR i.district IN ($district) ORDER BY i.priority, i.time LIMIT 200

-- name: open_kinds
-- Open incidents by kind, faults of all kinds together.
SELECT CASE WHEN kind LIKE '%fault' THEN 'fault' ELSE kind END AS kind, count(*) AS n FROM board.open_incident
WHERE '__all' IN ($district) OR district IN ($district) GROUP BY 1 ORDER BY n DESC, 1

-- name: venues
-- Every venue that has a place on the map, the worst last, so that it is drawn on top.
SELECT lat, lon, code, CASE WHEN '${language}' = 'en' AND name_en <> '' THEN name_en ELSE name END AS name,
    coalesce(worst_kind, 'normal') AS condition, open_fires AS fires, open_faults AS faults, shielded, grade, venue_id
FROM board.venue
WHERE lat IS NOT NULL AND lon IS NOT NULL AND ('__all' IN ($district) OR district IN ($district))
ORDER BY open_fires, open_incidents LIMIT 5000

-- name: connections
-- Gateways by the state of their connection.
SELECT connection, count(*) AS n FROM board.gateway
WHERE '__all' IN ($district) OR district IN ($district) GROUP BY connection ORDER BY n DESC, connection

-- name: gateway_states
-- Gateways by whether they are heard.
SELECT state AS gateway_state, count(*) AS n FROM board.gateway
WHERE '__all' IN ($district) OR district IN ($district) GROUP BY state ORDER BY n DESC, state

-- name: usual
-- Incidents by hour (over a month by day) against the same hours of the four weeks before: their mean, least and most.
WITH span AS (
    SELECT $__timeFrom()::timestamptz AS lo, $__timeTo()::timestamptz AS hi,
        CASE WHEN $__timeTo()::timestamptz - $__timeFrom()::timestamptz > interval '31 days' THEN interval '1 day'
            ELSE interval '1 hour' END AS step
), counted AS (
    SELECT date_bin(step, time, '2001-01-01 00:00+08') AS slot, count(*) AS n FROM span, board.incident
    WHERE time >= $__timeFrom()::timestamptz - interval '29 days' AND time <= $__timeTo()::timestamptz
        AND ('__all' IN ($district) OR district IN ($district))
    GROUP BY slot
), slots AS (
    SELECT slot FROM span, generate_series(date_bin(step, lo, '2001-01-01 00:00+08'), hi, step) AS slot
)
SELECT s.slot AS time, coalesce(c.n, 0) AS current, min(coalesce(w.n, 0)) AS least, max(coalesce(w.n, 0)) AS most,
    avg(coalesce(w.n, 0)) AS usual
FROM slots s LEFT JOIN counted c ON c.slot = s.slot
CROSS JOIN generate_series(1, 4) AS weeks LEFT JOIN counted w ON w.slot = s.slot - weeks * interval '7 days'
GROUP BY s.slot, c.n ORDER BY s.slot

-- name: kinds_by_day
-- Incidents of each day by kind; the faults of all kinds together.
SELECT date_bin('1 day', time, '2001-01-01 00:00+08') AS time, CASE WHEN kind LIKE '%fault' THEN 'fault' ELSE kind END AS metric,
    count(*) AS value
FROM board.incident WHERE $__timeFilter(time) AND ('__all' IN ($district) OR district IN ($district))
GROUP BY 1, 2 ORDER BY 1

-- name: districts
-- Each district in one line.
SELECT v.district, v.venues, v.fires, v.incidents, p.faults, g.online_rate, p.intact_rate, v.grade_d
FROM (SELECT district, count(*) AS venues, sum(open_fires) AS fires, sum(open_incidents) AS incidents,
        count(*) FILTER (WHERE grade = 'D') AS grade_d
    FROM board.venue WHERE '__all' IN ($district) OR district IN ($district) GROUP BY district) v
LEFT JOIN (SELECT district, count(*) FILTER (WHERE online)::double precision
        / nullif(count(*) FILTER (WHERE connection IN ('trial', 'in_service')), 0) AS online_rate
    FROM board.gateway GROUP BY district) g ON g.district = v.district
LEFT JOIN (SELECT district, count(*) FILTER (WHERE open_faults > 0) AS faults,
        count(*) FILTER (WHERE condition IN ('normal', 'fire', 'manual_alarm', 'supervise', 'started', 'feedback', 'delayed',
            'test'))::double precision / nullif(count(*), 0) AS intact_rate
    FROM board.point WHERE registered GROUP BY district) p ON p.district = v.district
ORDER BY v.fires DESC, v.incidents DESC, v.district LIMIT 100

-- name: period
-- Over the whole range: hours during which points were out of order, and gateways silent, against all their hours.
WITH span AS (
    SELECT $__timeFrom()::timestamptz AS lo, least($__timeTo()::timestamptz, now()) AS hi
), out AS (
    SELECT e.kind = 'offline' AS silent,
        range_agg(tstzrange(greatest(e.time, lo), least(coalesce(e.cleared_at, hi), hi))) AS held
    FROM span, board.episode e
    WHERE e.time <= $__timeTo()::timestamptz AND e.time >= $__timeFrom()::timestamptz - interval '90 days'
        AND (e.cleared_at IS NULL OR e.cleared_at >= lo) AND (e.kind = 'offline' OR e.point_id IS NOT NULL AND (e.fault OR e.kind IN ('shielded', 'manual')))
        AND e.time < hi AND ('__all' IN ($district) OR e.district IN ($district))
    GROUP BY 1, CASE WHEN e.kind = 'offline' THEN e.gateway_id ELSE e.point_id::text END
), hours AS (
    SELECT silent, sum(extract(epoch FROM upper(part) - lower(part))) / 3600 AS h
    FROM out CROSS JOIN LATERAL unnest(held) AS part GROUP BY silent
), size AS (
    SELECT (SELECT count(*) FROM board.point WHERE registered AND ('__all' IN ($district) OR district IN ($district))) AS points,
        (SELECT count(*) FROM board.gateway WHERE connection IN ('trial', 'in_service')
            AND ('__all' IN ($district) OR district IN ($district))) AS gateways,
        extract(epoch FROM hi - lo) / 3600 AS h FROM span
)
SELECT 1 - coalesce((SELECT h FROM hours WHERE NOT silent), 0) / nullif(points * h, 0) AS intact_rate,
    1 - coalesce((SELECT h FROM hours WHERE silent), 0) / nullif(gateways * h, 0) AS online_rate
FROM size

-- name: false_alarms
-- Fire signals of the range that were judged, and how many of them were false.
SELECT count(*) FILTER (WHERE class IN ('false_alarm', 'malicious'))::double precision / nullif(count(*), 0) AS false_share,
    count(*) FILTER (WHERE class IN ('false_alarm', 'malicious')) AS false_alarms,
    count(*) FILTER (WHERE class = 'real_fire') AS real_fires,
    100 * count(*) FILTER (WHERE class IN ('false_alarm', 'malicious')) * 365
        / nullif((SELECT count(*) FROM board.point WHERE registered AND component BETWEEN 10 AND 79
            AND ('__all' IN ($district) OR district IN ($district)))
            * extract(epoch FROM $__timeTo()::timestamptz - $__timeFrom()::timestamptz) / 86400, 0) AS false_per_100
FROM board.incident
WHERE kind IN ('fire', 'manual_alarm') AND class IS NOT NULL AND class NOT IN ('test', 'maintenance')
    AND $__timeFilter(time) AND ('__all' IN ($district) OR district IN ($district))
