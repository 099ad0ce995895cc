-- Each check returns what is wrong: the subject, and what was found. No rows: all is well.

-- name: ledger_ranges
-- Stored numbers begin at 1 or later and end somewhere.
SELECT gateway_id || ' ' || boot || ' ' || lane AS subject, 'the stored numbers are ' || stored::text AS found
FROM message_ledger
WHERE NOT isempty(stored) AND (lower_inf(stored) OR upper_inf(stored) OR lower(stored) < 1) OR first_at > last_at
ORDER BY 1 LIMIT %(rows)s

-- name: ledger_holes
-- Every number that is missing below the highest stored one stands in a gap.
SELECT gateway_id || ' ' || boot || ' ' || lane AS subject,
    'numbers are missing that no gap tells of: ' || unknown::text AS found
FROM (
    SELECT l.gateway_id, l.boot, l.lane,
        int8multirange(int8range(1, greatest(1, upper(l.stored)))) - l.stored - coalesce((
            SELECT range_agg(int8range(g.from_seq, g.to_seq, '[]')) FROM message_gap g
            WHERE g.gateway_id = l.gateway_id AND g.boot = l.boot AND g.lane = l.lane AND g.filled_at IS NULL),
            '{}') AS unknown
    FROM message_ledger l
    WHERE NOT isempty(l.stored) AND NOT lower_inf(l.stored) AND NOT upper_inf(l.stored)
) AS holes
WHERE NOT isempty(unknown)
ORDER BY 1 LIMIT %(rows)s

-- name: gaps_beyond
-- A gap lies below the highest number that was stored.
SELECT g.gateway_id || ' ' || g.boot || ' ' || g.lane AS subject,
    format('the gap %%s to %%s ends beyond the highest stored number %%s', g.from_seq, g.to_seq, upper(l.stored) - 1) AS found
FROM message_gap g JOIN message_ledger l USING (gateway_id, boot, lane)
WHERE g.filled_at IS NULL AND (isempty(l.stored) OR NOT upper_inf(l.stored) AND g.to_seq >= upper(l.stored))
ORDER BY 1 LIMIT %(rows)s

-- name: incidents_without_episode
-- An open incident that has not recovered has an open episode.
SELECT 'incident ' || i.id AS subject, format('%%s at %%s is open, and its condition is not', i.kind, i.gateway_id) AS found
FROM incident i
WHERE i.state <> 'closed' AND i.recovered_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM episode e WHERE e.venue_id = i.venue_id AND e.gateway_id = i.gateway_id
        AND e.point_id IS NOT DISTINCT FROM i.point_id AND e.kind = i.kind AND e.cleared_at IS NULL)
ORDER BY i.id LIMIT %(rows)s

-- name: episodes_without_incident
-- An open episode that needs a person has an incident, and one of its own kind and place.
SELECT 'episode ' || e.id AS subject,
    format('%%s at %%s ', e.kind, e.gateway_id) || CASE WHEN i.id IS NULL THEN 'has no incident'
        ELSE 'points at the incident of something else: ' || i.id END AS found
FROM episode e LEFT JOIN incident i ON i.id = e.incident_id
WHERE e.cleared_at IS NULL AND (
    i.id IS NULL AND e.kind = ANY(%(kinds)s::condition[])
    OR (i.venue_id, i.gateway_id, i.point_id, i.kind) IS DISTINCT FROM (e.venue_id, e.gateway_id, e.point_id, e.kind)
        AND i.id IS NOT NULL)
ORDER BY e.id LIMIT %(rows)s

-- name: orphan_points
-- What was measured belongs to a point of the register.
SELECT 'point ' || d.point_id AS subject, format('%%s days of readings of a point that does not exist', count(*)) AS found
FROM reading_day d
WHERE NOT EXISTS (SELECT 1 FROM point p WHERE p.id = d.point_id)
GROUP BY d.point_id ORDER BY d.point_id LIMIT %(rows)s

-- name: orphan_facts
-- State changes belong to a gateway and a point of the register.
SELECT 'gateway ' || s.gateway_id AS subject,
    format('%%s state changes of a gateway or point that does not exist', count(*)) AS found
FROM state_change s
WHERE NOT EXISTS (SELECT 1 FROM gateway g WHERE g.id = s.gateway_id)
    OR s.point_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM point p WHERE p.id = s.point_id)
GROUP BY s.gateway_id ORDER BY s.gateway_id LIMIT %(rows)s

-- name: notes_behind
-- The notes about readings are read.
SELECT 'rollup' AS subject,
    format('%%s notes about new readings are not read, the oldest of %%s', count(*), min(b.committed_at)) AS found
FROM reading_batch b
WHERE b.committed_at < now() - interval '2 hours' AND NOT EXISTS (SELECT 1 FROM reader_cursor c
    WHERE c.reader = 'upkeep.rollup' AND pg_visible_in_snapshot(b.xid, c.snapshot))
HAVING count(*) > 0

-- name: retention_classes
-- Every class of data has a time for which it is kept.
SELECT class AS subject, 'nothing says how long this is kept' AS found
FROM unnest(%(classes)s::text[]) AS class
WHERE NOT EXISTS (SELECT 1 FROM retention r WHERE r.class = class.class)
ORDER BY 1 LIMIT %(rows)s

-- name: old_chunks
-- What should have been forgotten is gone: a week is allowed for what is still due or open.
SELECT hypertable_name || ' before ' || range_end::date AS subject, 'is kept longer than retention says' AS found
FROM timescaledb_information.chunks c
JOIN (VALUES ('reading', 'readings'), ('reading_hour', 'hours'), ('reading_day', 'days'), ('state_change', 'incidents'),
    ('raw_frame', 'raw')) AS kept (table_name, class) ON kept.table_name = c.hypertable_name
WHERE c.hypertable_schema = 'public'
    AND c.range_end < least(kept_since(kept.class), CASE WHEN kept.class = 'incidents' THEN open_since() END)
        - interval '7 days'
ORDER BY c.range_end LIMIT %(rows)s

-- name: old_devices
-- Devices that nobody adopted, and what was asked of gateways, go too: a week is allowed.
(SELECT 'unknown device ' || source_address || ' at ' || host(peer) AS subject,
    'was last heard at ' || last_at || ' and is not forgotten' AS found
 FROM gb_unknown WHERE last_at < now() - interval '37 days' ORDER BY last_at LIMIT %(rows)s)
UNION ALL
(SELECT 'command ' || id, 'ended at ' || ended_at || ' and is not forgotten'
 FROM gateway_command WHERE greatest(asked_at, ended_at) < kept_since('incidents') - interval '7 days'
 ORDER BY asked_at LIMIT %(rows)s)

-- name: frames_uncounted
-- Every frame of the last week has a number that is stored, of its own, and a gateway of the register.
SELECT f.gateway_id || ' ' || f.lane || ' ' || f.seq AS subject,
    CASE WHEN g.id IS NULL THEN 'a frame of a gateway that does not exist'
        WHEN count(*) > 1 THEN format('the number belongs to %%s frames', count(*))
        ELSE 'a frame whose number does not count as stored' END AS found
FROM raw_frame f LEFT JOIN gateway g ON g.id = f.gateway_id LEFT JOIN message_ledger l
    ON l.gateway_id = f.gateway_id AND l.boot = f.boot AND l.lane = f.lane
WHERE f.received_at > now() - interval '7 days'
GROUP BY f.gateway_id, f.boot, f.lane, f.seq, g.id
HAVING g.id IS NULL OR count(*) > 1 OR NOT coalesce(bool_or(l.stored @> f.seq), false)
ORDER BY 1 LIMIT %(rows)s

-- name: facts_without_frame
-- What a device said in the last week can be read in its frame.
SELECT s.gateway_id || ' ' || s.lane || ' ' || s.seq AS subject,
    format('%%s %%s, received at %%s, has no frame', s.state, CASE WHEN s.raised THEN 'set' ELSE 'cleared' END, s.received_at)
        AS found
FROM state_change s JOIN gb_device d ON d.gateway_id = s.gateway_id
WHERE s.received_at > greatest(now() - interval '7 days', d.created_at) AND s.boot = 'gb26875'
    AND NOT EXISTS (SELECT 1 FROM raw_frame f WHERE f.gateway_id = s.gateway_id AND f.received_at = s.received_at
        AND f.boot = s.boot AND f.lane = s.lane AND f.seq = s.seq)
ORDER BY s.received_at LIMIT %(rows)s

-- name: states_unfounded
-- What a point is remembered to hold, its newest fact about that says too; the points that changed last are looked at.
SELECT 'point ' || c.point_id AS subject,
    CASE WHEN newest.raised IS NULL THEN c.state || ' is remembered, and nothing ever said so'
        ELSE c.state || ' is remembered, and was cleared at ' || newest.received_at END AS found
FROM (SELECT point_id, unnest(states) AS state FROM component_state
      WHERE changed_at > now() - interval '7 days' ORDER BY changed_at DESC LIMIT 2000) AS c
LEFT JOIN LATERAL (SELECT raised, received_at FROM state_change s WHERE s.point_id = c.point_id AND s.state = c.state
    ORDER BY received_at DESC, id DESC LIMIT 1) AS newest ON true
WHERE newest.raised IS NOT TRUE
ORDER BY 1 LIMIT %(rows)s

-- name: links_of_nobody
-- A device counts as connected where a process that lives says so. Of a platform that stands still, none is asked.
SELECT 'gateway ' || k.gateway_id AS subject,
    format('counts as connected since %%s, to %%s, which is not heard', k.since_at, k.worker) AS found
FROM device_link k
WHERE k.ended_at IS NULL
    AND EXISTS (SELECT 1 FROM ingest_worker w WHERE w.beat_at > now() - interval '1 minute')
    AND NOT EXISTS (SELECT 1 FROM ingest_worker w WHERE w.worker = k.worker AND w.beat_at > now() - interval '10 minutes')
ORDER BY 1 LIMIT %(rows)s

-- name: commands_unsettled
-- Whatever is asked of a gateway ends: answered, refused, or in vain. An hour is allowed.
SELECT 'command ' || id AS subject, format('%%s of %%s for %%s is %%s since its deadline at %%s', command, gateway_id,
    asked_by, state, deadline_at) AS found
FROM gateway_command WHERE ended_at IS NULL AND deadline_at < now() - interval '1 hour'
ORDER BY deadline_at LIMIT %(rows)s

-- name: sampled_days
-- Days to compare: the newest that have rollups, and some at random.
SELECT day FROM (
    (SELECT DISTINCT date_trunc('day', at, 'Asia/Shanghai') AS day FROM reading_hour
     WHERE at > (SELECT max(at) FROM reading_hour) - interval '2 days')
    UNION
    (SELECT day FROM (
        SELECT DISTINCT generate_series(date_trunc('day', range_start, 'Asia/Shanghai'),
            range_end - interval '1 microsecond', interval '1 day') AS day
        FROM timescaledb_information.chunks WHERE hypertable_schema = 'public' AND hypertable_name = 'reading'
    ) AS every ORDER BY random() LIMIT %(days)s)
) AS chosen
WHERE day < now() ORDER BY day

-- name: sampled_points
-- Points to compare.
SELECT id FROM point ORDER BY random() LIMIT %(points)s

-- name: hours_and_readings
-- Hours of a day whose rollup is not what their readings say; hours that are due, running or dropped are left out.
WITH known AS (
    SELECT least(date_trunc('hour', now() - interval '2 minutes'),
        (SELECT date_trunc('hour', updated_at) FROM reader_cursor WHERE reader = 'upkeep.rollup')) AS until,
        (SELECT dropped_before FROM retention WHERE class = 'readings') AS since
), unread AS (
    SELECT date_trunc('hour', b.at_min) AS from_at, b.at_max AS to_at FROM reader_cursor c JOIN reading_batch b
        ON b.xid >= pg_snapshot_xmin(c.snapshot) AND NOT pg_visible_in_snapshot(b.xid, c.snapshot)
    WHERE c.reader = 'upkeep.rollup'
), measured AS (
    SELECT point_id, quantity, time_bucket(interval '1 hour', at) AS at, count(*) AS n, min(value) AS low,
        max(value) AS high, sum(greatest(least(value, 1e290), -1e290)) AS total, max(at) AS last_at
    FROM reading
    WHERE at >= %(day)s::timestamptz AND at < %(day)s::timestamptz + interval '1 day'
        AND (%(point_ids)s::bigint[] IS NULL OR point_id = ANY(%(point_ids)s::bigint[]))
    GROUP BY point_id, quantity, time_bucket(interval '1 hour', at)
), made AS (
    SELECT point_id, quantity, at, n, low, high, total, last, last_at FROM reading_hour
    WHERE at >= %(day)s::timestamptz AND at < %(day)s::timestamptz + interval '1 day'
        AND (%(point_ids)s::bigint[] IS NULL OR point_id = ANY(%(point_ids)s::bigint[]))
)
SELECT format('point %%s quantity %%s hour %%s', point_id, quantity, at) AS subject,
    format('%%s readings, %%s rolled up', coalesce(r.n, 0), coalesce(h.n, 0)) AS found
FROM measured r FULL JOIN made h USING (point_id, quantity, at), known
WHERE at < known.until AND (known.since IS NULL OR at >= known.since)
    AND NOT EXISTS (SELECT 1 FROM rollup_due d WHERE d.from_at <= at AND d.to_at > at
        AND (d.point_ids IS NULL OR point_id = ANY(d.point_ids)))
    AND NOT EXISTS (SELECT 1 FROM unread u WHERE u.from_at <= at AND u.to_at >= at)
    AND ((r.n, r.low, r.high, r.last_at) IS DISTINCT FROM (h.n::bigint, h.low, h.high, h.last_at)
        OR abs(r.total - h.total) > 1e-6 * (1 + abs(r.total))
        OR NOT EXISTS (SELECT 1 FROM reading x WHERE x.point_id = h.point_id AND x.quantity = h.quantity
            AND x.at = h.last_at AND x.value = h.last))
ORDER BY 1 LIMIT %(rows)s

-- name: days_and_hours
-- Days whose rollup is not what their hours say; days that are due, or whose hours were dropped, are left out.
WITH measured AS (
    SELECT point_id, quantity, sum(n) AS n, min(low) AS low, max(high) AS high, sum(total) AS total,
        max(last_at) AS last_at
    FROM reading_hour
    WHERE at >= %(day)s::timestamptz AND at < %(day)s::timestamptz + interval '1 day'
        AND (%(point_ids)s::bigint[] IS NULL OR point_id = ANY(%(point_ids)s::bigint[]))
    GROUP BY point_id, quantity
), made AS (
    SELECT point_id, quantity, n, low, high, total, last_at FROM reading_day
    WHERE at = %(day)s::timestamptz
        AND (%(point_ids)s::bigint[] IS NULL OR point_id = ANY(%(point_ids)s::bigint[]))
)
SELECT format('point %%s quantity %%s day %%s', point_id, quantity, %(day)s::timestamptz AT TIME ZONE 'Asia/Shanghai') AS subject,
    format('%%s readings in its hours, %%s in the day', coalesce(r.n, 0), coalesce(d.n, 0)) AS found
FROM measured r FULL JOIN made d USING (point_id, quantity)
WHERE NOT EXISTS (SELECT 1 FROM retention k WHERE k.class = 'hours' AND k.dropped_before > %(day)s::timestamptz)
    AND ((r.n, r.low, r.high, r.last_at) IS DISTINCT FROM (d.n::numeric, d.low, d.high, d.last_at)
        OR abs(r.total - d.total) > 1e-6 * (1 + abs(r.total)))
ORDER BY 1 LIMIT %(rows)s

-- name: every_day
-- Every day that has readings.
SELECT DISTINCT generate_series(date_trunc('day', range_start, 'Asia/Shanghai'), range_end - interval '1 microsecond',
    interval '1 day') AS day
FROM timescaledb_information.chunks WHERE hypertable_schema = 'public' AND hypertable_name = 'reading' ORDER BY 1
