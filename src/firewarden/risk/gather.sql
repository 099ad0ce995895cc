-- name: episode_news
-- Conditions that began or ended since the last reading, and of which that is not yet known.
SELECT e.id FROM episode e
WHERE e.id IN (
        SELECT (v.data ->> 'episode_id')::bigint FROM event v
        WHERE v.xid >= pg_snapshot_xmin(%(since)s::pg_snapshot)
            AND NOT pg_visible_in_snapshot(v.xid, %(since)s::pg_snapshot)
            AND v.kind IN ('episode.opened', 'episode.closed'))
    AND (NOT EXISTS (SELECT 1 FROM risk_fact f WHERE f.source = 'episode' AND f.source_id = e.id::text)
        OR (e.cleared_at IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM risk_fact f WHERE f.source = 'episode' AND f.source_id = e.id || '/cleared')))
ORDER BY e.id LIMIT %(limit)s

-- name: episodes_after
-- The next page of all conditions.
SELECT id FROM episode WHERE id > %(after)s ORDER BY id LIMIT %(limit)s

-- name: episodes
-- The given conditions, and which of their beginnings and ends are not yet known.
SELECT e.id, e.venue_id, e.gateway_id, e.point_id, e.kind::text AS kind, p.component, s.kind AS system, e.raised_at,
    e.cleared_at,
    NOT EXISTS (SELECT 1 FROM risk_fact f WHERE f.source = 'episode' AND f.source_id = e.id::text) AS begins,
    e.cleared_at IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM risk_fact f WHERE f.source = 'episode' AND f.source_id = e.id || '/cleared') AS ends
FROM episode e LEFT JOIN point p ON p.id = e.point_id LEFT JOIN facility_system s ON s.id = p.system_id
WHERE e.id = ANY(%(ids)s) ORDER BY e.raised_at, e.id

-- name: incident_news
-- Fires and manual alarms that opened or were judged since the last reading, and of which that is not yet known.
SELECT i.id FROM incident i
WHERE i.id IN (
        SELECT v.incident_id FROM event v
        WHERE v.xid >= pg_snapshot_xmin(%(since)s::pg_snapshot)
            AND NOT pg_visible_in_snapshot(v.xid, %(since)s::pg_snapshot)
            AND v.kind IN ('incident.opened', 'incident.closed'))
    AND i.kind IN ('fire', 'manual_alarm')
    AND (NOT EXISTS (SELECT 1 FROM risk_fact f WHERE f.source = 'incident' AND f.source_id = i.id::text)
        OR (i.state = 'closed' AND NOT EXISTS (
            SELECT 1 FROM risk_fact f WHERE f.source = 'incident' AND f.source_id = i.id || '/judged')))
ORDER BY i.id LIMIT %(limit)s

-- name: incidents_after
-- The next page of all fires and manual alarms.
SELECT id FROM incident WHERE id > %(after)s AND kind IN ('fire', 'manual_alarm') ORDER BY id LIMIT %(limit)s

-- name: incidents
-- The given fires and manual alarms, and which of their openings and judgements are not yet known.
SELECT i.id, i.venue_id, i.kind = 'manual_alarm' AS manual, i.raises, i.occurred_at, i.closed_at, i.class::text AS class_,
    NOT EXISTS (SELECT 1 FROM risk_fact f WHERE f.source = 'incident' AND f.source_id = i.id::text) AS opens,
    i.state = 'closed' AND NOT EXISTS (
        SELECT 1 FROM risk_fact f WHERE f.source = 'incident' AND f.source_id = i.id || '/judged') AS closes
FROM incident i WHERE i.id = ANY(%(ids)s) ORDER BY i.occurred_at, i.id

-- name: acted_news
-- Fires and manual alarms to which a new act of the control room may be the answer, and that have none yet.
SELECT DISTINCT i.id FROM operator_action a
JOIN incident i ON i.venue_id = a.venue_id AND i.opened_at > a.at - 2 * %(within)s::interval
    AND i.occurred_at BETWEEN a.at - %(within)s::interval AND a.at
WHERE a.xid >= pg_snapshot_xmin(%(since)s::pg_snapshot) AND NOT pg_visible_in_snapshot(a.xid, %(since)s::pg_snapshot)
    AND a.action IN ('confirm', 'mute', 'reset', 'alarm_cleared') AND i.kind IN ('fire', 'manual_alarm')
    AND NOT EXISTS (SELECT 1 FROM risk_fact f WHERE f.source = 'incident' AND f.source_id = i.id || '/handled')
ORDER BY i.id LIMIT %(limit)s

-- name: handled
-- When the control room first acted on each of the given fires and manual alarms, where it did and that is not yet known.
SELECT i.id, i.venue_id, i.occurred_at, min(a.at) AS acted_at
FROM incident i
JOIN gateway own ON own.id = i.gateway_id
JOIN gateway g ON g.venue_id = i.venue_id AND g.control_room_id IS NOT DISTINCT FROM own.control_room_id
JOIN operator_action a ON a.gateway_id = g.id AND a.received_at > i.occurred_at - interval '10 minutes'
    AND a.at BETWEEN i.occurred_at AND i.occurred_at + %(within)s::interval
    AND a.action IN ('confirm', 'mute', 'reset', 'alarm_cleared')
WHERE i.id = ANY(%(ids)s)
    AND NOT EXISTS (SELECT 1 FROM risk_fact f WHERE f.source = 'incident' AND f.source_id = i.id || '/handled')
GROUP BY i.id ORDER BY i.id

-- name: duty_news
-- Duty checks that ended since the last reading with an answer or without one, and are not yet known.
SELECT c.id FROM gateway_command c
WHERE c.id IN (
        SELECT (v.data ->> 'id')::bigint FROM event v
        WHERE v.xid >= pg_snapshot_xmin(%(since)s::pg_snapshot)
            AND NOT pg_visible_in_snapshot(v.xid, %(since)s::pg_snapshot) AND v.kind = 'command.changed')
    AND c.command = 'duty_check' AND c.state IN ('answered', 'missed')
    AND NOT EXISTS (SELECT 1 FROM risk_fact f WHERE f.source = 'command' AND f.source_id = c.id::text)
ORDER BY c.id LIMIT %(limit)s

-- name: duties_after
-- The next page of all duty checks that ended so.
SELECT id FROM gateway_command
WHERE id > %(after)s AND command = 'duty_check' AND state IN ('answered', 'missed') ORDER BY id LIMIT %(limit)s

-- name: duties
-- How the given duty checks ended, where that is not yet known.
SELECT c.id, g.venue_id, c.state = 'answered' AS answered, coalesce(c.first_sent_at, c.asked_at) AS sent_at, c.ended_at
FROM gateway_command c JOIN gateway g ON g.id = c.gateway_id
WHERE c.id = ANY(%(ids)s)
    AND NOT EXISTS (SELECT 1 FROM risk_fact f WHERE f.source = 'command' AND f.source_id = c.id::text)
ORDER BY c.ended_at, c.id

-- name: record_news
-- Imported records that are not yet known.
SELECT r.id FROM risk_record r
WHERE r.xid >= pg_snapshot_xmin(%(since)s::pg_snapshot) AND NOT pg_visible_in_snapshot(r.xid, %(since)s::pg_snapshot)
    AND NOT EXISTS (SELECT 1 FROM risk_fact f WHERE f.source = 'record' AND f.source_id = r.id::text)
ORDER BY r.id LIMIT %(limit)s

-- name: records_after
-- The next page of all records.
SELECT id FROM risk_record WHERE id > %(after)s ORDER BY id LIMIT %(limit)s

-- name: records
-- The given records, where they are not yet known. An order is joined with its closing by its source and key.
SELECT r.id, r.venue_id, r.source, r.key, r.kind, r.at, r.due_at FROM risk_record r
WHERE r.id = ANY(%(ids)s)
    AND NOT EXISTS (SELECT 1 FROM risk_fact f WHERE f.source = 'record' AND f.source_id = r.id::text)
ORDER BY r.at, r.id

-- name: override_news
-- Overrides that are not yet known.
SELECT o.id FROM risk_override o
WHERE o.xid >= pg_snapshot_xmin(%(since)s::pg_snapshot) AND NOT pg_visible_in_snapshot(o.xid, %(since)s::pg_snapshot)
    AND NOT EXISTS (SELECT 1 FROM risk_fact f WHERE f.source = 'override' AND f.source_id = o.id::text)
ORDER BY o.id LIMIT %(limit)s

-- name: overrides_after
-- The next page of all overrides.
SELECT id FROM risk_override WHERE id > %(after)s ORDER BY id LIMIT %(limit)s

-- name: overrides
-- The given overrides, where they are not yet known.
SELECT o.id, o.venue_id, o.grade::text AS grade, o.at, o.until FROM risk_override o
WHERE o.id = ANY(%(ids)s)
    AND NOT EXISTS (SELECT 1 FROM risk_fact f WHERE f.source = 'override' AND f.source_id = o.id::text)
ORDER BY o.id

-- name: new_venues
-- Venues of the register of which nothing is known.
SELECT v.id FROM venue v
WHERE NOT EXISTS (SELECT 1 FROM risk_state s WHERE s.venue_id = v.id)
ORDER BY v.id LIMIT %(limit)s

-- name: venues_after
-- The next page of all venues.
SELECT id FROM venue WHERE id > %(after)s ORDER BY id LIMIT %(limit)s

-- name: register
-- What the register says of the given venues.
SELECT v.id AS venue_id, v.use::text AS use, v.area_m2, v.height_m, v.built_year, v.key_unit,
    coalesce(p.points, 0) AS points, coalesce(p.detectors, 0) AS detectors, coalesce(p.sensors, 0) AS sensors,
    coalesce(g.ids, '{}') AS gateways, coalesce(g.unheard, '{}') AS unheard, coalesce(g.since, '{}') AS unheard_since
FROM venue v
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE p.registered) AS points,
        count(*) FILTER (WHERE p.registered AND p.component = ANY(%(detectors)s::smallint[])) AS detectors,
        count(*) FILTER (WHERE p.low IS NOT NULL OR p.high IS NOT NULL) AS sensors
    FROM point p WHERE p.venue_id = v.id
) AS p ON true
LEFT JOIN LATERAL (
    SELECT array_agg(g.id ORDER BY g.id) AS ids,
        array_agg(g.id ORDER BY g.id) FILTER (WHERE l.gateway_id IS NULL) AS unheard,
        array_agg(g.created_at ORDER BY g.id) FILTER (WHERE l.gateway_id IS NULL) AS since
    FROM gateway g LEFT JOIN gateway_liveness l ON l.gateway_id = g.id
    WHERE g.venue_id = v.id AND g.connection IN ('trial', 'in_service')
) AS g ON true
WHERE v.id = ANY(%(ids)s) ORDER BY v.id
