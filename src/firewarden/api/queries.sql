-- name: incidents
-- One page of incidents: the open ones by priority, the past ones by age, or one by its id. Only one branch runs.
WITH page AS (
    (SELECT i.id FROM incident i
     WHERE %(by)s = 'priority' AND i.state <> 'closed'
       AND (%(state)s::incident_state IS NULL OR i.state = %(state)s)
       AND (%(kind)s::condition IS NULL OR i.kind = %(kind)s)
       AND (%(venue_id)s::bigint IS NULL OR i.venue_id = %(venue_id)s)
       AND i.opened_at < coalesce(%(until)s::timestamptz, 'infinity')
       AND i.opened_at >= coalesce(%(since)s::timestamptz, '-infinity')
       AND i.priority >= coalesce(%(after_priority)s::smallint, 0)
       AND (i.priority > coalesce(%(after_priority)s::smallint, 0) OR (i.opened_at, i.id) < (%(after_at)s, %(after_id)s))
     ORDER BY i.priority, i.opened_at DESC, i.id DESC LIMIT %(rows)s)
    UNION ALL
    (SELECT i.id FROM incident i
     WHERE %(by)s = 'age'
       AND (%(state)s::incident_state IS NULL OR i.state = %(state)s)
       AND (%(kind)s::condition IS NULL OR i.kind = %(kind)s)
       AND (%(venue_id)s::bigint IS NULL OR i.venue_id = %(venue_id)s)
       AND (i.opened_at, i.id) < (coalesce(%(after_at)s::timestamptz, 'infinity'), coalesce(%(after_id)s::bigint, 0))
       AND i.opened_at < coalesce(%(until)s::timestamptz, 'infinity')
       AND i.opened_at >= coalesce(%(since)s::timestamptz, '-infinity')
     ORDER BY i.opened_at DESC, i.id DESC LIMIT %(rows)s)
    UNION ALL
    (SELECT i.id FROM incident i WHERE %(by)s = 'id' AND i.id = %(id)s)
)
SELECT i.id, i.kind, i.priority, i.state, i.late, i.raises,
       i.venue_id, v.code AS venue_code, v.name AS venue_name, v.name_en AS venue_name_en, v.district, i.gateway_id,
       i.point_id, p.address AS point_address, p.name AS point_name, p.floor AS point_floor,
       coalesce(p.registered, true) AS point_registered,
       i.occurred_at, i.received_at, i.committed_at, i.opened_at, i.recovered_at,
       i.taken_at, i.taken_by, i.closed_at, i.closed_by, i.class AS incident_class, i.note,
       i.trace_id
FROM page JOIN incident i ON i.id = page.id JOIN venue v ON v.id = i.venue_id LEFT JOIN point p ON p.id = i.point_id
ORDER BY CASE WHEN %(by)s = 'priority' THEN i.priority ELSE 0 END, i.opened_at DESC, i.id DESC

-- name: incident_actions
-- Everything done to one incident, oldest first.
SELECT id, at, actor, action, reason FROM incident_action
WHERE incident_id = %(incident_id)s ORDER BY id LIMIT %(rows)s

-- name: venues
-- One page of the register's venues by code, with what a list shows of each.
SELECT v.venue_id AS id, v.code, v.name, v.name_en, v.use, v.district, v.key_unit, v.score, v.grade, v.open_incidents,
       v.gateways
FROM board.venue v
WHERE v.code > coalesce(%(after_code)s::text, '')
  AND (%(code)s::text IS NULL OR v.code = %(code)s)
  AND (%(district)s::text IS NULL OR v.district = %(district)s)
  AND (%(use)s::text IS NULL OR v.use = %(use)s)
  AND (%(search)s::text IS NULL OR v.code ILIKE %(search)s OR v.name ILIKE %(search)s OR v.name_en ILIKE %(search)s)
ORDER BY v.code LIMIT %(rows)s

-- name: venue
-- What the register says about one venue, by id or by code.
SELECT id, code, name, name_en, use, district, address, lat, lon, area_m2, height_m, built_year, key_unit
FROM venue WHERE id = %(id)s OR code = %(code)s

-- name: buildings
-- The buildings of a venue.
SELECT name, floors_above, floors_below, height_m FROM building
WHERE venue_id = %(venue_id)s ORDER BY id LIMIT %(rows)s

-- name: control_rooms
-- The control rooms of a venue.
SELECT name, phone FROM control_room WHERE venue_id = %(venue_id)s ORDER BY id LIMIT %(rows)s

-- name: episodes
-- What is wrong at a venue now, the longest first within each kind.
SELECT e.id, e.kind, e.gateway_id, e.point_id, p.address AS point_address, p.name AS point_name,
       p.floor AS point_floor, e.raised_at, e.last_raised_at, e.raises, e.late, e.incident_id
FROM episode e LEFT JOIN point p ON p.id = e.point_id
WHERE e.venue_id = %(venue_id)s AND e.cleared_at IS NULL
ORDER BY e.kind, e.raised_at, e.id LIMIT %(rows)s

-- name: current_states
-- One page of what holds now, wherever it is, newest first.
SELECT e.id, e.kind, e.venue_id, v.code AS venue_code, v.name AS venue_name, v.name_en AS venue_name_en, v.district,
       e.gateway_id, e.point_id, p.address AS point_address, p.name AS point_name, p.floor AS point_floor,
       e.raised_at, e.last_raised_at, e.raises, e.late, e.incident_id
FROM episode e JOIN venue v ON v.id = e.venue_id LEFT JOIN point p ON p.id = e.point_id
WHERE e.cleared_at IS NULL
  AND (%(district)s::text IS NULL OR v.district = %(district)s)
  AND (%(venue_id)s::bigint IS NULL OR e.venue_id = %(venue_id)s)
  AND (%(kind)s::condition IS NULL OR e.kind = %(kind)s)
  AND (e.raised_at, e.id) < (coalesce(%(after_at)s::timestamptz, 'infinity'), coalesce(%(after_id)s::bigint, 0))
ORDER BY e.raised_at DESC, e.id DESC LIMIT %(rows)s

-- name: venue_counts
-- How much a venue has, and how much of it is open.
SELECT (SELECT count(*) FROM episode WHERE venue_id = %(venue_id)s AND cleared_at IS NULL) AS episodes_open,
       (SELECT open_incidents FROM board.venue WHERE venue_id = %(venue_id)s) AS open_incidents,
       count(*) FILTER (WHERE registered) AS points_registered,
       count(*) FILTER (WHERE NOT registered) AS points_unregistered
FROM point WHERE venue_id = %(venue_id)s

-- name: gateways
-- One page of gateways by id, with when each was heard.
SELECT g.id, g.name, g.venue_id, v.code AS venue_code, v.name AS venue_name, v.name_en AS venue_name_en,
       g.connection, g.heartbeat_s, g.silence_deadline_s, g.credential IS NOT NULL AS has_credential,
       l.heard_at, l.online, l.changed_at, l.clock_skew_s,
       CASE WHEN d.gateway_id IS NULL THEN 'mqtt' ELSE 'gb26875' END AS protocol,
       (SELECT count(*) FROM point p WHERE p.gateway_id = g.id) AS points,
       d.source_address, d.peer::text AS peer, d.profile
FROM gateway g JOIN venue v ON v.id = g.venue_id LEFT JOIN gateway_liveness l ON l.gateway_id = g.id
LEFT JOIN gb_device d ON d.gateway_id = g.id
WHERE g.id > coalesce(%(after_id)s::text, '')
  AND (%(id)s::text IS NULL OR g.id = %(id)s)
  AND (%(venue_id)s::bigint IS NULL OR g.venue_id = %(venue_id)s)
ORDER BY g.id LIMIT %(rows)s

-- name: facts
-- One page of states that came or went and of operators' acts at a venue, newest first: all, or those of one point.
WITH page AS (
    (SELECT 'state' AS kind, s.id, s.gateway_id, s.point_id, s.state::text AS what, s.raised, '' AS operator, s.at,
            s.sent_at, s.received_at, s.committed_at, s.boot, s.lane, s.seq
     FROM state_change s
     WHERE s.venue_id = %(venue_id)s
       AND (%(gateway_id)s::text IS NULL OR s.gateway_id = %(gateway_id)s)
       AND (NOT %(of_point)s OR s.point_id IS NOT DISTINCT FROM %(point_id)s::bigint)
       AND (%(states)s::text[] IS NULL OR s.state::text = ANY(%(states)s::text[]))
       AND (%(seq)s::bigint IS NULL OR s.lane = %(lane)s::lane AND s.seq = %(seq)s)
       AND s.received_at >= coalesce(%(since)s::timestamptz, '-infinity')
       AND s.received_at < coalesce(%(until)s::timestamptz, 'infinity')
       AND s.received_at <= coalesce(%(after_at)s::timestamptz, 'infinity')
       AND (%(after_at)s::timestamptz IS NULL
            OR (s.received_at, 'state'::text, s.id) < (%(after_at)s, %(after_kind)s::text, %(after_id)s::bigint))
     ORDER BY s.received_at DESC, s.id DESC LIMIT %(rows)s)
    UNION ALL
    (SELECT 'action', a.id, a.gateway_id, NULL, a.action::text, true, a.operator, a.at, a.sent_at, a.received_at,
            a.committed_at, a.boot, a.lane, a.seq
     FROM gateway g JOIN operator_action a ON a.gateway_id = g.id
     WHERE g.venue_id = %(venue_id)s AND a.venue_id = %(venue_id)s
       AND (%(gateway_id)s::text IS NULL OR g.id = %(gateway_id)s)
       AND (%(acts)s::text[] IS NULL OR a.action::text = ANY(%(acts)s::text[]))
       AND (%(seq)s::bigint IS NULL OR a.lane = %(lane)s::lane AND a.seq = %(seq)s)
       AND a.received_at >= coalesce(%(since)s::timestamptz, '-infinity')
       AND a.received_at < coalesce(%(until)s::timestamptz, 'infinity')
       AND (%(after_at)s::timestamptz IS NULL
            OR (a.received_at, 'action'::text, a.id) < (%(after_at)s, %(after_kind)s::text, %(after_id)s::bigint))
     ORDER BY a.received_at DESC, a.id DESC LIMIT %(rows)s)
    ORDER BY received_at DESC, kind DESC, id DESC LIMIT %(rows)s
)
SELECT page.*, p.address AS point_address, p.name AS point_name, p.floor AS point_floor,
       EXISTS (SELECT 1 FROM raw_frame f WHERE f.gateway_id = page.gateway_id AND f.received_at = page.received_at
               AND f.boot = page.boot AND f.lane = page.lane AND f.seq = page.seq) AS framed
FROM page LEFT JOIN point p ON p.id = page.point_id
ORDER BY page.received_at DESC, page.kind DESC, page.id DESC

-- name: frames
-- One page of the frames of a gateway, newest first.
SELECT f.gateway_id, f.lane, f.seq, f.received_at, f.committed_at, f.transport, host(f.peer) AS peer, f.serial,
       f.command, f.type, f.undecoded, length(f.frame) AS size
FROM raw_frame f
WHERE f.gateway_id = %(gateway_id)s
  AND f.received_at >= coalesce(%(since)s::timestamptz, '-infinity')
  AND f.received_at < coalesce(%(until)s::timestamptz, 'infinity')
  AND (%(type)s::smallint IS NULL OR f.type = %(type)s)
  AND (NOT %(undecoded)s OR f.undecoded IS NOT NULL)
  AND f.received_at <= coalesce(%(after_at)s::timestamptz, 'infinity')
  AND (%(after_at)s::timestamptz IS NULL
       OR (f.received_at, f.lane, f.seq) < (%(after_at)s, %(after_lane)s::lane, %(after_seq)s::bigint))
ORDER BY f.received_at DESC, f.lane DESC, f.seq DESC LIMIT %(rows)s

-- name: frames_undecoded
-- One page of the frames of all gateways in which something was not understood, newest first.
SELECT f.gateway_id, f.lane, f.seq, f.received_at, f.committed_at, f.transport, host(f.peer) AS peer, f.serial,
       f.command, f.type, f.undecoded, length(f.frame) AS size
FROM raw_frame f
WHERE f.undecoded IS NOT NULL
  AND f.received_at >= coalesce(%(since)s::timestamptz, '-infinity')
  AND f.received_at < coalesce(%(until)s::timestamptz, 'infinity')
  AND f.received_at <= coalesce(%(after_at)s::timestamptz, 'infinity')
  AND (%(after_at)s::timestamptz IS NULL OR (f.received_at, f.gateway_id, f.lane, f.seq)
       < (%(after_at)s, %(after_gateway)s::text, %(after_lane)s::lane, %(after_seq)s::bigint))
ORDER BY f.received_at DESC, f.gateway_id DESC, f.lane DESC, f.seq DESC LIMIT %(rows)s

-- name: frame
-- One frame by its number and the moment at which it came.
SELECT f.gateway_id, f.lane, f.seq, f.received_at, f.committed_at, f.transport, host(f.peer) AS peer, f.serial,
       f.command, f.type, f.undecoded, length(f.frame) AS size, f.frame, g.venue_id,
       coalesce(d.profile, 'standard') AS profile
FROM raw_frame f JOIN gateway g ON g.id = f.gateway_id LEFT JOIN gb_device d ON d.gateway_id = f.gateway_id
WHERE f.gateway_id = %(gateway_id)s AND f.received_at = %(at)s AND f.lane = %(lane)s::lane AND f.seq = %(seq)s

-- name: gateway_device
-- What the register says of a device of GB/T 26875.3.
SELECT source_address, peer::text AS peer, profile, created_at FROM gb_device WHERE gateway_id = %(gateway_id)s

-- name: gateway_link
-- How a device is connected, or was last.
SELECT worker, transport, host(peer) AS peer, port, since_at, ended_at, end_reason
FROM device_link WHERE gateway_id = %(gateway_id)s

-- name: gateway_undecoded
-- In how many frames since a moment something was not understood; counted up to a bound.
SELECT count(*) AS n FROM (
    SELECT 1 FROM raw_frame WHERE gateway_id = %(gateway_id)s AND received_at >= %(since)s AND undecoded IS NOT NULL
    LIMIT %(rows)s) AS odd

-- name: listening
-- Since when each kind of ingest connection has been listened to without a break, and when that was last said.
SELECT connection, max(watching_since) AS since, max(beat_at) AS beat_at
FROM ingest_worker WHERE beat_at > %(alive_after)s GROUP BY connection

-- name: measuring_points
-- The points of a venue that may measure water: those registered for it, and those nobody registered.
SELECT point_id, gateway_id, address, name, floor, low, high FROM board.point
WHERE venue_id = %(venue_id)s AND (quantity = ANY(%(quantities)s) OR quantity IS NULL AND NOT registered)
ORDER BY registered DESC, point_id LIMIT %(rows)s

-- name: samples
-- Readings of some points, one row for each stretch of `step` that has any.
SELECT point_id, quantity, time_bucket(%(step)s::interval, time, %(since)s::timestamptz) AS at,
       sum(greatest(least(value, 1e290), -1e290)) / count(*) AS mean, min(value) AS lowest, max(value) AS highest,
       count(*) AS readings, last(value, time) AS last, max(time) AS last_at,
       count(*) FILTER (WHERE received_at > time + %(late_after)s::interval) AS late
FROM board.reading
WHERE point_id = ANY(%(points)s) AND quantity = ANY(%(quantities)s::text[])
  AND time >= %(since)s AND time < %(until)s
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT %(rows)s

-- name: rolled_up_until
-- Up to when the rollups can be relied on: what was not rolled up yet is read from the readings, two days back at most.
SELECT greatest(%(until)s::timestamptz - interval '2 days', least(
    %(until)s::timestamptz,
    coalesce((SELECT date_trunc('hour', updated_at) FROM reader_cursor WHERE reader = 'upkeep.rollup'), '-infinity'),
    (SELECT min(from_at) FROM rollup_due WHERE to_at > %(until)s::timestamptz - interval '2 days'),
    (SELECT date_trunc('hour', min(b.at_min)) FROM reader_cursor c JOIN reading_batch b
        ON b.xid >= pg_snapshot_xmin(c.snapshot) AND NOT pg_visible_in_snapshot(b.xid, c.snapshot)
     WHERE c.reader = 'upkeep.rollup'))) AS at

-- name: samples_of_hours
-- The same from hours, and from the readings after `tail`.
SELECT point_id, quantity, time_bucket(%(step)s::interval, time, %(since)s::timestamptz) AS at,
       sum(mean * n) / sum(n) AS mean, min(low) AS lowest, max(high) AS highest, sum(n)::bigint AS readings,
       last(last, last_at) AS last, max(last_at) AS last_at, NULL::bigint AS late
FROM (
    SELECT point_id, quantity, time, n, low, high, mean, last, last_at FROM board.reading_hour
    WHERE point_id = ANY(%(points)s) AND quantity = ANY(%(quantities)s::text[])
      AND time >= %(since)s AND time < %(tail)s
    UNION ALL
    SELECT point_id, quantity, time, 1, value, value, greatest(least(value, 1e290), -1e290), value, time FROM board.reading
    WHERE point_id = ANY(%(points)s) AND quantity = ANY(%(quantities)s::text[])
      AND time >= %(tail)s AND time < %(until)s
) AS measured
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT %(rows)s

-- name: samples_of_days
-- The same from days, and from the readings after `tail`.
SELECT point_id, quantity, time_bucket(%(step)s::interval, time, %(since)s::timestamptz) AS at,
       sum(mean * n) / sum(n) AS mean, min(low) AS lowest, max(high) AS highest, sum(n)::bigint AS readings,
       last(last, last_at) AS last, max(last_at) AS last_at, NULL::bigint AS late
FROM (
    SELECT point_id, quantity, time, n, low, high, mean, last, last_at FROM board.reading_day
    WHERE point_id = ANY(%(points)s) AND quantity = ANY(%(quantities)s::text[])
      AND time >= %(since)s AND time < %(tail)s
    UNION ALL
    SELECT point_id, quantity, time, 1, value, value, greatest(least(value, 1e290), -1e290), value, time FROM board.reading
    WHERE point_id = ANY(%(points)s) AND quantity = ANY(%(quantities)s::text[])
      AND time >= %(tail)s AND time < %(until)s
) AS measured
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT %(rows)s

-- name: gaps
-- One page of the holes in gateways' numbering.
SELECT gateway_id, boot, lane, from_seq, to_seq, state, after_at, seen_at, coalesce(filled_at, given_up_at) AS ended_at,
    filled_at, given_up_at
FROM message_gap
WHERE (gateway_id, boot, lane, from_seq, to_seq) > (%(gateway_id_after)s, %(boot_after)s,
       %(lane_after)s::lane, %(from_after)s, %(to_after)s)
  AND (%(gateway_id)s::text IS NULL OR gateway_id = %(gateway_id)s)
  AND (%(filled_too)s OR filled_at IS NULL)
  AND (%(state)s::gap_state IS NULL OR state = %(state)s)
  AND seen_at >= coalesce(%(since)s::timestamptz, '-infinity') AND seen_at < coalesce(%(until)s::timestamptz, 'infinity')
ORDER BY gateway_id, boot, lane, from_seq, to_seq LIMIT %(rows)s

-- name: proof_streams
-- What one gateway's streams counted on a day, and what of it is missing.
WITH daily AS (
    SELECT boot, lane, sum(counted) AS counted, sum(stored) AS stored, sum(late) AS late, sum(repeats) AS repeats,
           min(first_seq) FILTER (WHERE counted > 0) AS first_seq, max(last_seq) FILTER (WHERE counted > 0) AS last_seq
    FROM message_daily WHERE gateway_id = %(gateway_id)s AND day = %(day)s GROUP BY boot, lane
), gap AS (
    SELECT boot, lane, coalesce(sum(to_seq - from_seq + 1) FILTER (WHERE state = 'open'), 0) AS open,
           coalesce(sum(to_seq - from_seq + 1) FILTER (WHERE state = 'filled_late'), 0) AS filled_late,
           coalesce(sum(to_seq - from_seq + 1) FILTER (WHERE state = 'given_up'), 0) AS given_up
    FROM message_gap
    WHERE gateway_id = %(gateway_id)s AND seen_at >= %(since)s AND seen_at < %(until)s GROUP BY boot, lane
)
SELECT d.boot, d.lane, d.first_seq, d.last_seq, d.counted::bigint AS counted, d.stored::bigint AS stored,
       d.late::bigint AS late, d.repeats::bigint AS repeats, coalesce(g.open, 0)::bigint AS open,
       coalesce(g.filled_late, 0)::bigint AS filled_late, coalesce(g.given_up, 0)::bigint AS given_up
FROM daily d LEFT JOIN gap g ON g.boot = d.boot AND g.lane = d.lane
JOIN message_ledger l ON l.gateway_id = %(gateway_id)s AND l.boot = d.boot AND l.lane = d.lane
ORDER BY l.first_at DESC, d.boot, d.lane LIMIT %(rows)s

-- name: proof_gateways
-- What every gateway counted on a day, the most missing first; or one of them.
WITH daily AS (
    SELECT gateway_id, sum(counted) AS counted, sum(stored) AS stored, sum(late) AS late, sum(repeats) AS repeats
    FROM message_daily
    WHERE day = %(day)s AND (%(gateway_id)s::text IS NULL OR gateway_id = %(gateway_id)s) GROUP BY gateway_id
), gap AS (
    SELECT gateway_id, coalesce(sum(to_seq - from_seq + 1) FILTER (WHERE state = 'open'), 0) AS open,
           coalesce(sum(to_seq - from_seq + 1) FILTER (WHERE state = 'filled_late'), 0) AS filled_late,
           coalesce(sum(to_seq - from_seq + 1) FILTER (WHERE state = 'given_up'), 0) AS given_up
    FROM message_gap
    WHERE seen_at >= %(since)s AND seen_at < %(until)s AND (%(gateway_id)s::text IS NULL OR gateway_id = %(gateway_id)s)
    GROUP BY gateway_id
), told AS (
    SELECT g.id AS gateway_id, g.venue_id, coalesce(d.counted, 0)::bigint AS counted, coalesce(d.stored, 0)::bigint AS stored,
           coalesce(d.late, 0)::bigint AS late, coalesce(d.repeats, 0)::bigint AS repeats,
           coalesce(p.open, 0)::bigint AS open, coalesce(p.filled_late, 0)::bigint AS filled_late,
           coalesce(p.given_up, 0)::bigint AS given_up
    FROM gateway g LEFT JOIN daily d ON d.gateway_id = g.id LEFT JOIN gap p ON p.gateway_id = g.id
    WHERE %(gateway_id)s::text IS NULL OR g.id = %(gateway_id)s
), ranked AS (
    SELECT *, open + given_up + abs(counted - (stored - late) - (open + filled_late + given_up)) AS trouble FROM told
)
SELECT r.gateway_id, g.name AS gateway_name, r.venue_id, v.name AS venue_name, v.name_en AS venue_name_en, r.counted, r.stored,
       r.late, r.repeats, r.open, r.filled_late, r.given_up, r.trouble::bigint AS trouble
FROM ranked r JOIN gateway g ON g.id = r.gateway_id JOIN venue v ON v.id = r.venue_id
WHERE (-r.trouble, r.gateway_id) > (-coalesce(%(trouble_after)s::bigint, 9223372036854775807), coalesce(%(id_after)s::text, ''))
ORDER BY r.trouble DESC, r.gateway_id LIMIT %(rows)s

-- name: proof_total
-- What all gateways together counted on a day, and how many of them anything came from.
SELECT coalesce(sum(d.counted), 0)::bigint AS counted, coalesce(sum(d.stored), 0)::bigint AS stored,
       coalesce(sum(d.late), 0)::bigint AS late, coalesce(sum(d.repeats), 0)::bigint AS repeats,
       count(DISTINCT d.gateway_id) AS gateways,
       coalesce((SELECT sum(to_seq - from_seq + 1) FROM message_gap
                 WHERE seen_at >= %(since)s AND seen_at < %(until)s AND state = 'open'), 0)::bigint AS open,
       coalesce((SELECT sum(to_seq - from_seq + 1) FROM message_gap
                 WHERE seen_at >= %(since)s AND seen_at < %(until)s AND state = 'filled_late'), 0)::bigint AS filled_late,
       coalesce((SELECT sum(to_seq - from_seq + 1) FROM message_gap
                 WHERE seen_at >= %(since)s AND seen_at < %(until)s AND state = 'given_up'), 0)::bigint AS given_up
FROM message_daily d WHERE d.day = %(day)s

-- name: proof_quarantined
-- How much of what a gateway sent on a day could not be taken at its word; counted up to a bound.
SELECT count(*) AS n FROM (
    SELECT 1 FROM quarantine WHERE gateway_id = %(gateway_id)s AND received_at >= %(since)s AND received_at < %(until)s
    LIMIT %(rows)s) AS refused

-- name: quarantine
-- One page of what could not be taken at its word, newest first.
SELECT id, received_at, topic, gateway_id, reason, detail, payload_size, substring(payload FOR 1000) AS payload
FROM quarantine
WHERE id < coalesce(%(before_id)s::bigint, 9223372036854775807)
  AND (%(gateway_id)s::text IS NULL OR gateway_id = %(gateway_id)s)
  AND (%(reason)s::text IS NULL OR reason = %(reason)s)
ORDER BY id DESC LIMIT %(rows)s

-- name: platform_state
-- How much there is, and how much of it is open.
SELECT (SELECT max(heard_at) FROM gateway_liveness) AS last_fact_at,
       (SELECT count(*) FROM board.open_incident) AS incidents_open,
       (SELECT count(*) FROM board.open_incident WHERE priority = 1) AS fires_open,
       (SELECT count(*) FROM board.gateway) AS gateways,
       (SELECT count(*) FROM board.gateway WHERE online) AS gateways_online,
       (SELECT count(*) FROM message_gap WHERE state = 'open') AS gaps_open,
       (SELECT count(*) FROM message_gap WHERE filled_at IS NULL AND state = 'given_up') AS gaps_given_up,
       (SELECT count(*) FROM board.quarantine WHERE time > %(now)s::timestamptz - interval '1 day') AS quarantined_last_day,
       (SELECT count(*) FROM board.venue) AS venues,
       (SELECT count(*) FROM board.risk) AS venues_scored,
       (SELECT count(*) FROM board.point WHERE registered) AS points_registered,
       (SELECT count(*) FROM board.point WHERE NOT registered) AS points_unregistered

-- name: processes
-- How every process that told so lately is doing, with the moment by the same clock.
SELECT process, worker, standby, version, started_at, at, every_s, ended_at, last_error, last_error_at,
    figures, before, before_at, now() AS now
FROM process_figures ORDER BY process, worker, standby

-- name: beats
-- When ingest last said that it listens, by connection: of several workers the newest.
SELECT connection, max(beat_at) > now() - interval '5 seconds' AS fresh, max(beat_at) AS beat_at
FROM ingest_worker GROUP BY connection

-- name: figures_history
-- Some series of every process, one value a minute; null where a process did not have it.
SELECT process, worker, at, ARRAY(
        SELECT (figures ->> wanted.key)::double precision
        FROM unnest(%(series)s::text[]) WITH ORDINALITY AS wanted (key, place) ORDER BY wanted.place
    ) AS values
FROM process_figures_minute WHERE at > now() - make_interval(mins => %(minutes)s)
ORDER BY process, worker, at

-- name: listen
-- Be woken when the desk or the risk process has written events.
LISTEN fw_event

-- name: database_now
-- The moment by the clock of the database.
SELECT now() AS now

-- name: snapshot_now
-- What is visible at this moment.
SELECT pg_current_snapshot()::text

-- name: snapshot_ahead
-- Whether a position lies ahead of this database: then it was made by another one.
SELECT pg_snapshot_xmax(%(snapshot)s::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot())

-- name: events
-- Some events visible in `until` and not in `since`. That set never changes, so ids may page through it.
SELECT id, at, kind, venue_id, incident_id, data::text AS data, data ->> 'trace_id' AS trace_id FROM event
WHERE xid >= pg_snapshot_xmin(%(since)s::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, %(since)s::pg_snapshot)
  AND xid < pg_snapshot_xmax(%(until)s::pg_snapshot) AND pg_visible_in_snapshot(xid, %(until)s::pg_snapshot)
  AND id > %(after_id)s
ORDER BY id LIMIT %(rows)s

-- name: migrations
-- Which migrations the database has.
SELECT version, checksum FROM schema_migration

-- name: record_audit
-- One write that was done or refused.
INSERT INTO audit (actor, action, target, outcome, detail)
VALUES (%(actor)s, %(action)s, %(target)s, %(outcome)s, %(detail)s)

-- name: record_link_test
-- One test of the link to the 119 centre, as somebody says it went.
INSERT INTO link_test (outcome, by) VALUES (%(outcome)s, %(by)s)

-- name: login_user
-- What a login is checked against.
SELECT id, password_hash, disabled FROM app_user WHERE name = %(name)s

-- name: user_password
-- What a change of password is checked against.
SELECT id, password_hash, disabled FROM app_user WHERE id = %(id)s

-- name: open_session
-- A session begins.
INSERT INTO user_session (token_hash, user_id, created_at, expires_at)
VALUES (%(token_hash)s, %(user_id)s, %(now)s, %(expires_at)s)

-- name: close_old_sessions
-- A user keeps the newest sessions; those that have expired go, whoever had them.
DELETE FROM user_session WHERE expires_at <= %(now)s OR token_hash IN (
    SELECT token_hash FROM user_session WHERE user_id = %(user_id)s ORDER BY created_at DESC OFFSET %(keep)s)

-- name: session
-- The user of a session that has not expired.
SELECT u.id, u.name, u.role, u.language, u.must_change, s.expires_at
FROM user_session s JOIN app_user u ON u.id = s.user_id
WHERE s.token_hash = %(token_hash)s AND s.expires_at > %(now)s AND NOT u.disabled

-- name: renew_session
-- A session that is used lives on.
UPDATE user_session SET expires_at = %(expires_at)s WHERE token_hash = %(token_hash)s

-- name: close_session
-- A session ends.
DELETE FROM user_session WHERE token_hash = %(token_hash)s

-- name: close_sessions_of
-- All sessions of a user end, except one.
DELETE FROM user_session WHERE user_id = %(user_id)s AND token_hash <> %(except_hash)s

-- name: key_principal
-- The API key of a hash, unless it was revoked or has expired.
SELECT id, name, scopes FROM api_key
WHERE key_hash = %(key_hash)s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > %(now)s)

-- name: users
-- One page of users by id.
SELECT id, name, role, language, must_change AS must_change_password, disabled, created_at FROM app_user
WHERE id > %(after_id)s AND (%(name)s::text IS NULL OR name = %(name)s) ORDER BY id LIMIT %(rows)s

-- name: add_user
-- A new user; nothing where the name is taken.
INSERT INTO app_user (name, role, password_hash, must_change, language)
VALUES (%(name)s, %(role)s, %(password_hash)s, %(must_change)s, %(language)s)
ON CONFLICT (name) DO NOTHING

-- name: set_password
-- Another password.
UPDATE app_user SET password_hash = %(password_hash)s, must_change = %(must_change)s WHERE id = %(id)s

-- name: change_user
-- Another role or language, or no more entry.
UPDATE app_user SET role = coalesce(%(role)s::user_role, role), language = coalesce(%(language)s::text, language),
    disabled = coalesce(%(disabled)s::boolean, disabled)
WHERE id = %(id)s

-- name: administrators_for_update
-- Who can administer, held so that two changes take turns.
SELECT id FROM app_user WHERE role = 'administrator' AND NOT disabled ORDER BY id FOR UPDATE

-- name: lock_users
-- Two first administrators are made one after the other.
LOCK TABLE app_user IN SHARE ROW EXCLUSIVE MODE

-- name: keys
-- One page of API keys by id.
SELECT id, name, scopes, created_by, created_at, expires_at, revoked_at FROM api_key
WHERE id > %(after_id)s AND (%(id)s::bigint IS NULL OR id = %(id)s) AND (%(name)s::text IS NULL OR name = %(name)s)
ORDER BY id LIMIT %(rows)s

-- name: add_key
-- A new API key; nothing where the name is taken.
INSERT INTO api_key (name, key_hash, scopes, created_by, expires_at)
VALUES (%(name)s, %(key_hash)s, %(scopes)s, %(created_by)s, %(expires_at)s)
ON CONFLICT (name) DO NOTHING

-- name: revoke_key
-- A key opens nothing any more.
UPDATE api_key SET revoked_at = %(now)s WHERE id = %(id)s AND revoked_at IS NULL

-- name: audit
-- One page of what was done and refused, newest first.
SELECT id, at, actor, action, target, outcome, detail FROM audit
WHERE id < coalesce(%(before_id)s::bigint, 9223372036854775807) ORDER BY id DESC LIMIT %(rows)s
