-- name: listen
-- Be woken by new facts.
LISTEN fw_fact

-- name: repeatable_read
-- Every statement of the transaction sees the same rows, and a concurrent change ends it.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ

-- name: now
-- The one clock that liveness is judged by: the database's, with which ingest beats too.
SELECT clock_timestamp()

-- name: notify_event
-- Tell who watches that there is something new.
NOTIFY fw_event

-- name: new_changes
-- Facts of the given lanes that were not visible in the last snapshot, as they came in.
SELECT id, gateway_id, venue_id, point_id, state::text AS state, NULL::text AS action, raised, at, received_at, committed_at,
    boot, lane::text AS lane, seq
FROM state_change
WHERE xid >= pg_snapshot_xmin(%(since)s::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, %(since)s::pg_snapshot)
    AND lane = ANY(%(lanes)s::lane[])
UNION ALL
SELECT id, gateway_id, venue_id, NULL, NULL, action::text, true, at, received_at, committed_at, boot, lane::text, seq
FROM operator_action
WHERE xid >= pg_snapshot_xmin(%(since)s::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, %(since)s::pg_snapshot)
    AND lane = ANY(%(lanes)s::lane[]) AND action IN ('manual_alarm', 'alarm_cleared', 'reset')
ORDER BY received_at, id

-- name: open_episodes
-- Every condition that holds now at the given venues.
SELECT e.id, e.venue_id, e.gateway_id, e.point_id, e.kind::text AS kind, e.raised_at, e.last_raised_at,
    i.closed_at AS judged_at
FROM episode e LEFT JOIN incident i ON i.id = e.incident_id
WHERE e.venue_id = ANY(%(venues)s) AND e.cleared_at IS NULL

-- name: open_incidents
-- Every incident of the given venues that nobody has closed.
SELECT id, venue_id, gateway_id, point_id, kind::text AS kind, state::text AS state, taken_by
FROM incident WHERE venue_id = ANY(%(venues)s) AND state <> 'closed'

-- name: open_by_kind
-- How many incidents nobody has closed, by kind.
SELECT kind::text, count(*) FROM incident WHERE state <> 'closed' GROUP BY kind

-- name: insert_episode
-- A condition begins.
INSERT INTO episode (venue_id, gateway_id, point_id, kind, raised_at, last_raised_at, incident_id, late)
VALUES (%(venue_id)s, %(gateway_id)s, %(point_id)s, %(kind)s, %(at)s, %(at)s, %(incident_id)s, %(late)s)
RETURNING id

-- name: raise_episode_again
-- The condition was reported once more while it held.
UPDATE episode SET raises = raises + 1, last_raised_at = greatest(last_raised_at, %(at)s) WHERE id = %(id)s

-- name: incident_is_live
-- What was old news is reported anew, now: it sounds, unless somebody has it.
UPDATE incident SET late = false WHERE id = %(id)s AND late AND state <> 'closed'
RETURNING id

-- name: give_episode_incident
-- The condition was reported anew after its incident had been closed.
UPDATE episode SET incident_id = %(incident_id)s WHERE id = %(id)s

-- name: close_episode
-- A condition ends.
UPDATE episode SET cleared_at = %(at)s WHERE id = %(id)s

-- name: insert_incident
-- Something needs a person.
INSERT INTO incident (venue_id, gateway_id, point_id, kind, priority, late, occurred_at, received_at, committed_at, opened_at,
    trace_id)
VALUES (%(venue_id)s, %(gateway_id)s, %(point_id)s, %(kind)s, %(priority)s, %(late)s, %(at)s, %(received_at)s,
    %(committed_at)s, clock_timestamp(), %(trace_id)s)
RETURNING id

-- name: raise_incident_again
-- The same thing once more; a fire that had recovered burns again.
UPDATE incident SET raises = raises + 1, recovered_at = NULL WHERE id = %(id)s AND state <> 'closed'

-- name: recover_incident
-- The condition ended by itself.
UPDATE incident SET recovered_at = coalesce(recovered_at, %(at)s) WHERE id = %(id)s AND state <> 'closed'

-- name: close_recovered_incident
-- The condition ended before anybody took it.
UPDATE incident SET recovered_at = %(at)s, state = 'closed', closed_at = %(now)s, closed_by = 'system', class = 'recovered'
WHERE id = %(id)s AND state = 'new'

-- name: insert_action
-- One line of an incident's history.
INSERT INTO incident_action (incident_id, at, actor, action, reason, detail)
VALUES (%(incident_id)s, %(at)s, %(actor)s, %(action)s, %(reason)s, %(detail)s)

-- name: event_of_incident
-- Tell what happened to an incident, with all that a row of the duty desk shows.
INSERT INTO event (kind, venue_id, incident_id, data)
SELECT %(event)s, i.venue_id, i.id, jsonb_build_object(
    'incident_id', i.id, 'kind', i.kind, 'priority', i.priority, 'state', i.state, 'late', i.late, 'raises', i.raises,
    'venue_id', i.venue_id, 'venue_code', v.code, 'venue_name', v.name, 'venue_name_en', v.name_en,
    'gateway', i.gateway_id, 'point', p.address, 'point_name', p.name, 'floor', p.floor,
    'registered', coalesce(p.registered, true),
    'occurred_at', i.occurred_at, 'received_at', i.received_at, 'committed_at', i.committed_at, 'opened_at', i.opened_at,
    'recovered_at', i.recovered_at, 'taken_at', i.taken_at, 'taken_by', i.taken_by, 'closed_at', i.closed_at,
    'closed_by', i.closed_by, 'class', i.class, 'trace_id', i.trace_id)
FROM incident i JOIN venue v ON v.id = i.venue_id LEFT JOIN point p ON p.id = i.point_id
WHERE i.id = %(incident_id)s

-- name: event_of_episode
-- Tell that a condition began or ended, for those who weigh risk.
INSERT INTO event (kind, venue_id, incident_id, data)
SELECT %(event)s, e.venue_id, e.incident_id, jsonb_build_object(
    'episode_id', e.id, 'kind', e.kind, 'gateway', e.gateway_id, 'point_id', e.point_id, 'raised_at', e.raised_at,
    'cleared_at', e.cleared_at)
FROM episode e WHERE e.id = %(id)s

-- name: listening
-- Since when ingest has listened to heartbeats without a break, and when it last said so: over the broker, and to devices
-- that speak GB/T 26875.3.
SELECT connection, min(watching_since) AS since, max(beat_at) AS beat_at FROM ingest_worker
WHERE connection IN ('bulk', 'gb26875') AND beat_at > now() - interval '5 seconds' GROUP BY connection

-- name: gateways_to_judge
-- Gateways in service that are past their deadline, or are known to be silent.
SELECT g.id AS gateway_id, g.venue_id, g.silence_deadline_s, l.heard_at, e.id AS episode_id,
    CASE WHEN d.gateway_id IS NULL THEN 'bulk' ELSE 'gb26875' END AS connection
FROM gateway g
JOIN gateway_liveness l ON l.gateway_id = g.id
LEFT JOIN gb_device d ON d.gateway_id = g.id
LEFT JOIN episode e ON e.gateway_id = g.id AND e.venue_id = g.venue_id AND e.kind = 'offline' AND e.cleared_at IS NULL
WHERE g.connection IN ('trial', 'in_service')
    AND (e.id IS NOT NULL OR l.heard_at < %(now)s::timestamptz - make_interval(secs => g.silence_deadline_s))
ORDER BY g.id

-- name: hold_open_incident
-- A report joins an incident: whoever closes it meanwhile makes this step start over.
SELECT id FROM incident WHERE id = %(id)s FOR UPDATE

-- name: incident_for_update
-- One incident, held so that two officers take turns.
SELECT id, state::text AS state, taken_by, closed_by FROM incident WHERE id = %(id)s FOR UPDATE

-- name: take_incident
-- An officer has it.
UPDATE incident SET state = 'taken', taken_at = %(now)s, taken_by = %(actor)s WHERE id = %(id)s

-- name: close_incident
-- An officer judged it.
UPDATE incident SET state = 'closed', closed_at = greatest(%(now)s, clock_timestamp()), closed_by = %(actor)s,
    class = %(class)s, note = %(note)s
WHERE id = %(id)s

-- name: forget_events
-- The stream can be resumed for a week.
DELETE FROM event WHERE at < %(now)s::timestamptz - interval '7 days'
