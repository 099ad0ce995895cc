-- name: now
-- How the gateways are at this moment: one row.
SELECT count(*) FILTER (WHERE online)::double precision
        / nullif(count(*) FILTER (WHERE connection IN ('trial', 'in_service')), 0) AS online_rate,
    count(*) FILTER (WHERE state IN ('silent', 'offline')) AS gateways_out,
    count(*) FILTER (WHERE state = 'never_heard') AS never_heard,
    count(*) FILTER (WHERE online AND abs(clock_skew_s) > 5) AS clocks_wrong,
    sum(open_gaps) AS open_gaps, sum(missing_messages) AS missing_messages,
    count(*) FILTER (WHERE online AND abs(clock_skew_s) <= 1) AS within_second,
    count(*) FILTER (WHERE online AND abs(clock_skew_s) > 1 AND abs(clock_skew_s) <= 5) AS within_five,
    count(*) FILTER (WHERE online AND abs(clock_skew_s) > 5 AND abs(clock_skew_s) <= 60) AS within_minute,
    count(*) FILTER (WHERE online AND abs(clock_skew_s) > 60) AS over_minute
FROM board.gateway WHERE '__all' IN ($district) OR district IN ($district)

-- name: states
-- Gateways by whether they are heard.
SELECT state AS gateway_state, count(*) AS n FROM board.gateway
WHERE '__all' IN ($district) OR district IN ($district) GROUP BY state ORDER BY n DESC, state

-- name: reasons
-- Devices of GB/T 26875.3 that are not heard now, by how their last connection ended.
SELECT link_end_reason, count(*) AS n FROM board.gateway
WHERE protocol = 'gb26875' AND link_end_reason IS NOT NULL AND ('__all' IN ($district) OR district IN ($district))
GROUP BY link_end_reason ORDER BY n DESC, link_end_reason LIMIT 30

-- name: list
-- Every gateway, those first that need somebody.
SELECT gateway_id, venue_name, district, protocol, state AS gateway_state, silent_s, clock_skew_s, open_gaps, missing_messages,
    link_end_reason, venue_id
FROM board.gateway WHERE '__all' IN ($district) OR district IN ($district)
ORDER BY array_position(ARRAY['silent', 'offline', 'never_heard', 'unknown', 'online', 'not_in_service'], state), silent_s DESC
LIMIT 500

-- name: silences
-- Gateways that fell silent and that were heard again, by hour (over a week by day).
WITH span AS (
    SELECT CASE WHEN $__timeTo()::timestamptz - $__timeFrom()::timestamptz > interval '7 days' THEN interval '1 day'
        ELSE interval '1 hour' END AS step
)
SELECT date_bin(step, moment, '2001-01-01 00:00+08') AS time, count(*) FILTER (WHERE began) AS fell_silent,
    count(*) FILTER (WHERE NOT began) AS heard_again
FROM span, (
    SELECT time AS moment, true AS began FROM board.episode
    WHERE kind = 'offline' AND $__timeFilter(time) AND ('__all' IN ($district) OR district IN ($district))
    UNION ALL
    SELECT cleared_at, false FROM board.episode
    WHERE kind = 'offline' AND $__timeFilter(cleared_at) AND time <= $__timeTo()::timestamptz
        AND time >= $__timeFrom()::timestamptz - interval '90 days' AND ('__all' IN ($district) OR district IN ($district))
) AS moments
GROUP BY 1 ORDER BY 1

-- name: unreliable
-- The gateways that were silent longest in the range.
SELECT gateway_id, venue_name, count(*) AS silences, sum(duration_s) AS total_s, max(duration_s) AS longest_s, max(time) AS last_at,
    venue_id
FROM board.episode
WHERE kind = 'offline' AND $__timeFilter(time) AND ('__all' IN ($district) OR district IN ($district))
GROUP BY gateway_id, venue_id, venue_name ORDER BY total_s DESC, gateway_id LIMIT 50

-- name: clocks
-- The gateways whose clocks are furthest off.
SELECT gateway_id, venue_name, protocol, clock_skew_s, heard_at, venue_id FROM board.gateway
WHERE clock_skew_s IS NOT NULL AND ('__all' IN ($district) OR district IN ($district))
ORDER BY abs(clock_skew_s) DESC, gateway_id LIMIT 50

-- name: gaps
-- Messages that were missing, by day (within two days by hour) and by what became of them.
SELECT date_bin(CASE WHEN $__timeTo()::timestamptz - $__timeFrom()::timestamptz > interval '2 days' THEN interval '1 day'
        ELSE interval '1 hour' END, g.time, '2001-01-01 00:00+08') AS time, g.state AS metric, sum(g.missing) AS value
FROM board.gap g JOIN board.venue v ON v.venue_id = g.venue_id
WHERE $__timeFilter(g.time) AND ('__all' IN ($district) OR v.district IN ($district))
GROUP BY 1, 2 ORDER BY 1

-- name: lost
-- Where messages are missing, the newest first.
SELECT g.time, g.gateway_id, v.name AS venue_name, g.lane, g.missing, g.state AS gap_state, g.venue_id
FROM board.gap g JOIN board.venue v ON v.venue_id = g.venue_id
WHERE g.state <> 'filled_late' AND $__timeFilter(g.time) AND ('__all' IN ($district) OR v.district IN ($district))
ORDER BY g.time DESC LIMIT 100

-- name: messages
-- Messages by day and lane.
SELECT m.time, m.lane AS metric, sum(m.stored) AS value
FROM board.message_day m JOIN board.venue v ON v.venue_id = m.venue_id
WHERE m.time >= date_trunc('day', $__timeFrom()::timestamptz, 'Asia/Shanghai') AND m.time <= $__timeTo()::timestamptz
    AND ('__all' IN ($district) OR v.district IN ($district))
GROUP BY 1, 2 ORDER BY 1

-- name: quality
-- By day: which share of the messages came late, and how many came again for each that was stored.
SELECT m.time, sum(m.late)::double precision / nullif(sum(m.stored), 0) AS late_share,
    sum(m.repeats)::double precision / nullif(sum(m.stored), 0) AS repeat_share
FROM board.message_day m JOIN board.venue v ON v.venue_id = m.venue_id
WHERE m.time >= date_trunc('day', $__timeFrom()::timestamptz, 'Asia/Shanghai') AND m.time <= $__timeTo()::timestamptz
    AND ('__all' IN ($district) OR v.district IN ($district))
GROUP BY 1 ORDER BY 1

-- name: busiest
-- The gateways with most messages in the range.
SELECT m.gateway_id, v.name AS venue_name, sum(m.stored) AS messages, sum(m.late) AS late, sum(m.repeats) AS repeats, m.venue_id
FROM board.message_day m JOIN board.venue v ON v.venue_id = m.venue_id
WHERE m.time >= date_trunc('day', $__timeFrom()::timestamptz, 'Asia/Shanghai') AND m.time <= $__timeTo()::timestamptz
    AND ('__all' IN ($district) OR v.district IN ($district))
GROUP BY m.gateway_id, m.venue_id, v.name ORDER BY messages DESC, m.gateway_id LIMIT 50
