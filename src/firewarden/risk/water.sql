-- name: sensors
-- The sensors of the water supply of the given venues, and where each lies.
SELECT p.id AS point_id, p.venue_id, p.quantity, p.low, p.high, v.district, v.lat, v.lon
FROM point p JOIN venue v ON v.id = p.venue_id
WHERE p.venue_id = ANY(%(venues)s) AND (p.low IS NOT NULL OR p.high IS NOT NULL)
    AND (p.quantity IS NULL OR p.quantity = ANY(%(quantities)s))
ORDER BY p.id

-- name: sensor_states
-- What was known of the given sensors.
SELECT point_id, version, state FROM risk_sensor WHERE point_id = ANY(%(points)s)

-- name: save_sensors
-- What is known of sensors now.
INSERT INTO risk_sensor (point_id, venue_id, version, state)
SELECT * FROM unnest(%(points)s::bigint[], %(venues)s::bigint[], %(versions)s::text[], %(states)s::bytea[])
ON CONFLICT (point_id) DO UPDATE SET venue_id = excluded.venue_id, version = excluded.version, state = excluded.state

-- name: batches
-- Notes of readings committed after `since` and before `until`, page by page.
SELECT id, committed_at, point_ids, rows, at_min, at_max FROM reading_batch
WHERE xid >= pg_snapshot_xmin(%(since)s::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, %(since)s::pg_snapshot)
    AND pg_visible_in_snapshot(xid, %(until)s::pg_snapshot) AND id > %(after)s
ORDER BY id LIMIT %(limit)s

-- name: readings
-- The readings behind such notes: one row of arguments for each sensor, with the times between which they lie.
SELECT r.point_id, r.quantity, r.at, r.value, r.received_at
FROM unnest(%(points)s::bigint[], %(from)s::timestamptz[], %(to)s::timestamptz[], %(received)s::timestamptz[])
    AS n (point_id, from_at, to_at, received_from)
CROSS JOIN LATERAL (
    SELECT r.point_id, r.quantity, r.at, r.value, r.received_at FROM reading r
    WHERE r.point_id = n.point_id AND r.at BETWEEN n.from_at AND n.to_at AND r.received_at >= n.received_from
        AND r.quantity = ANY(%(codes)s::smallint[])
    ORDER BY r.at LIMIT %(limit)s
) AS r
ORDER BY r.point_id, r.at

-- name: newest_readings
-- The last readings of sensors of which nothing is known, oldest first.
SELECT r.point_id, r.quantity, r.at, r.value, r.received_at
FROM unnest(%(points)s::bigint[]) AS n (point_id)
CROSS JOIN LATERAL (
    SELECT r.point_id, r.quantity, r.at, r.value, r.received_at FROM reading r
    WHERE r.point_id = n.point_id AND r.quantity = ANY(%(codes)s::smallint[])
    ORDER BY r.at DESC LIMIT %(limit)s
) AS r
ORDER BY r.point_id, r.at
