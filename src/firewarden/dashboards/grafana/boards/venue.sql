-- name: profile
-- The chosen venue: what it is, and how it stands now. One row.
SELECT v.code, CASE WHEN '${language}' = 'en' AND v.name_en <> '' THEN v.name_en ELSE v.name END AS name, v.use, v.district,
    v.key_unit, v.area_m2, v.points AS points_n, v.open_fires AS fires, v.open_incidents AS incidents, v.open_faults AS faults, v.shielded,
    v.gateways_online::double precision / nullif(v.gateways, 0) AS online_rate, v.grade, v.score, r.rank, r.confidence,
    v.venue_id
FROM board.venue v LEFT JOIN board.risk r ON r.venue_id = v.venue_id
WHERE v.venue_id = nullif(${venue:sqlstring}, '')::bigint

-- name: gateways
-- The venue's transmission devices and their links.
SELECT gateway_id, protocol, connection, state AS gateway_state, heard_at, silent_s, link_since, link_end_reason, clock_skew_s,
    open_gaps, missing_messages
FROM board.gateway WHERE venue_id = nullif(${venue:sqlstring}, '')::bigint ORDER BY gateway_id LIMIT 50

-- name: timeline
-- How many points were in each condition, in 300 steps of the range; a condition that held for a part of a step counts.
WITH span AS (
    SELECT $__timeFrom()::timestamptz AS lo, $__timeTo()::timestamptz AS hi,
        extract(epoch FROM $__timeTo()::timestamptz - $__timeFrom()::timestamptz) / 300 AS width
), held AS (
    SELECT e.kind, e.fault, step FROM span, board.episode e, generate_series(
        greatest(0, floor(extract(epoch FROM e.time - lo) / width))::integer,
        least(299, floor(extract(epoch FROM coalesce(e.cleared_at, least(hi, now())) - lo) / width))::integer) AS step
    WHERE e.venue_id = nullif(${venue:sqlstring}, '')::bigint AND e.time <= $__timeTo()::timestamptz
        AND e.time >= $__timeFrom()::timestamptz - interval '90 days' AND (e.cleared_at IS NULL OR e.cleared_at >= lo)
)
SELECT lo + at.step * width * interval '1 second' AS time, nullif(count(*) FILTER (WHERE kind = 'fire'), 0) AS fire,
    nullif(count(*) FILTER (WHERE kind = 'manual_alarm'), 0) AS manual_alarm,
    nullif(count(*) FILTER (WHERE kind = 'supervise'), 0) AS supervise,
    nullif(count(*) FILTER (WHERE h.fault), 0) AS fault, nullif(count(*) FILTER (WHERE kind = 'manual'), 0) AS manual,
    nullif(count(*) FILTER (WHERE kind = 'shielded'), 0) AS shielded,
    nullif(count(*) FILTER (WHERE kind = 'offline'), 0) AS offline, nullif(count(*) FILTER (WHERE kind = 'test'), 0) AS test
FROM span CROSS JOIN generate_series(0, 299) AS at (step) LEFT JOIN held h ON h.step = at.step
GROUP BY 1, at.step ORDER BY at.step

-- name: incidents
-- The venue's incidents of the range, the newest first.
SELECT time, kind, point_name, state, class, seat, take_s, close_s, raises, venue_id FROM board.incident
WHERE venue_id = nullif(${venue:sqlstring}, '')::bigint AND $__timeFilter(time) ORDER BY time DESC LIMIT 200

-- name: points
-- The venue's points by system and by what holds.
SELECT coalesce(system_kind, 0)::text AS system_kind, count(*) FILTER (WHERE condition = 'normal') AS normal,
    count(*) FILTER (WHERE condition IN ('fire', 'manual_alarm', 'supervise')) AS alarmed,
    count(*) FILTER (WHERE condition LIKE '%fault') AS fault, count(*) FILTER (WHERE condition = 'shielded') AS shielded,
    count(*) FILTER (WHERE condition IN ('manual', 'offline', 'test', 'started', 'feedback', 'delayed')) AS others
FROM board.point WHERE venue_id = nullif(${venue:sqlstring}, '')::bigint AND registered
GROUP BY coalesce(system_kind, 0) ORDER BY coalesce(system_kind, 0) LIMIT 30

-- name: out_of_order
-- Points at which anything but normal holds, the longest first.
SELECT condition, name, floor, system_kind::text AS system_kind, component::text AS component, since,
    extract(epoch FROM now() - since)::double precision AS age_s, gateway_id
FROM board.point WHERE venue_id = nullif(${venue:sqlstring}, '')::bigint AND condition <> 'normal'
ORDER BY since LIMIT 200

-- name: score
-- The venue's risk score over time: of each step of the plot the highest.
SELECT date_bin($__interval_ms * interval '1 millisecond', time, '2001-01-01 00:00+08') AS time, max(score) AS score
FROM board.risk_history
WHERE venue_id = nullif(${venue:sqlstring}, '')::bigint AND $__timeFilter(time) GROUP BY 1 ORDER BY 1

-- name: factors
-- What the score is made of now, by its parts.
SELECT code AS factor, points FROM board.risk_factor
WHERE venue_id = nullif(${venue:sqlstring}, '')::bigint AND points > 0 ORDER BY points DESC LIMIT 12
