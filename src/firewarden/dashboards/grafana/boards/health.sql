-- name: now
-- How the equipment of the chosen districts is at this moment: one row.
SELECT count(*) FILTER (WHERE condition IN ('normal', 'fire', 'manual_alarm', 'supervise', 'started', 'feedback', 'delayed',
        'test'))::double precision / nullif(count(*), 0) AS intact_rate,
    count(*) FILTER (WHERE open_faults > 0) AS faults, count(*) FILTER (WHERE shielded) AS shielded,
    count(*) FILTER (WHERE condition = 'manual') AS manual,
    count(*) FILTER (WHERE open_faults > 0 AND since < now() - interval '1 day') AS faults_day,
    count(DISTINCT venue_id) FILTER (WHERE open_faults > 0) AS venues_faulty,
    count(*) FILTER (WHERE open_faults > 0 AND since >= now() - interval '1 day') AS under_day,
    count(*) FILTER (WHERE open_faults > 0 AND since < now() - interval '1 day' AND since >= now() - interval '5 days') AS under_week,
    count(*) FILTER (WHERE open_faults > 0 AND since < now() - interval '5 days' AND since >= now() - interval '30 days')
        AS under_month,
    count(*) FILTER (WHERE open_faults > 0 AND since < now() - interval '30 days') AS over_month
FROM board.point WHERE registered AND ('__all' IN ($district) OR district IN ($district))

-- name: systems
-- The registered points by the type of their system.
SELECT system_kind::text AS system_kind, count(*) AS all_points, count(*) FILTER (WHERE open_faults > 0) AS faults,
    count(*) FILTER (WHERE shielded) AS shielded, count(*) FILTER (WHERE condition IN ('normal', 'fire', 'manual_alarm', 'supervise',
        'started', 'feedback', 'delayed', 'test'))::double precision / count(*) AS intact_rate
FROM board.point WHERE registered AND system_kind IS NOT NULL AND ('__all' IN ($district) OR district IN ($district))
GROUP BY board.point.system_kind ORDER BY intact_rate, 1 LIMIT 50

-- name: components
-- The same by the type of the component.
SELECT component::text AS component, count(*) AS all_points, count(*) FILTER (WHERE open_faults > 0) AS faults,
    count(*) FILTER (WHERE shielded) AS shielded, count(*) FILTER (WHERE condition IN ('normal', 'fire', 'manual_alarm', 'supervise',
        'started', 'feedback', 'delayed', 'test'))::double precision / count(*) AS intact_rate
FROM board.point WHERE registered AND component IS NOT NULL AND ('__all' IN ($district) OR district IN ($district))
GROUP BY board.point.component ORDER BY intact_rate, 1 LIMIT 50

-- name: profiles
-- The same by the vendor profile of the device that reports them: the register knows no makers. MQTT gateways are one.
SELECT coalesce(profile, 'mqtt') AS profile, count(*) AS all_points, count(*) FILTER (WHERE open_faults > 0) AS faults,
    count(*) FILTER (WHERE condition IN ('normal', 'fire', 'manual_alarm', 'supervise', 'started', 'feedback', 'delayed',
        'test'))::double precision / count(*) AS intact_rate
FROM board.point WHERE registered AND ('__all' IN ($district) OR district IN ($district))
GROUP BY 1 ORDER BY intact_rate, 1 LIMIT 50

-- name: districts
-- The same by district: whoever maintains there is known to the people, not to the register.
SELECT district, count(*) AS all_points, count(*) FILTER (WHERE open_faults > 0) AS faults,
    count(*) FILTER (WHERE shielded) AS shielded, count(*) FILTER (WHERE condition IN ('normal', 'fire', 'manual_alarm', 'supervise',
        'started', 'feedback', 'delayed', 'test'))::double precision / count(*) AS intact_rate
FROM board.point WHERE registered AND ('__all' IN ($district) OR district IN ($district))
GROUP BY district ORDER BY intact_rate, district LIMIT 100

-- name: open_faults
-- Points at which a fault holds, the longest first.
SELECT condition, board.seconds(now() - since) AS age_s, venue_name, name AS point_name, floor, system_kind::text AS system_kind,
    component::text AS component, district, venue_id
FROM board.point
WHERE registered AND open_faults > 0 AND ('__all' IN ($district) OR district IN ($district))
ORDER BY since LIMIT 200

-- name: repairs
-- Faults that ended in the range: one row. Those that began over 90 days before it are left out.
SELECT count(*) AS repaired, percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_s) AS repair_p50_s,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY duration_s) AS repair_p90_s,
    count(*) FILTER (WHERE duration_s <= 86400)::double precision / nullif(count(*), 0) AS within_day_share
FROM board.episode
WHERE fault AND point_id IS NOT NULL AND $__timeFilter(cleared_at)
    AND time <= $__timeTo()::timestamptz AND time >= $__timeFrom()::timestamptz - interval '90 days'
    AND ('__all' IN ($district) OR district IN ($district))

-- name: repair_course
-- By day: how long the faults that ended had lasted.
SELECT date_bin('1 day', cleared_at, '2001-01-01 00:00+08') AS time,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_s) AS repair_p50_s,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY duration_s) AS repair_p90_s
FROM board.episode
WHERE fault AND point_id IS NOT NULL AND $__timeFilter(cleared_at)
    AND time <= $__timeTo()::timestamptz AND time >= $__timeFrom()::timestamptz - interval '90 days'
    AND ('__all' IN ($district) OR district IN ($district))
GROUP BY 1 ORDER BY 1

-- name: balance
-- By day: faults that began, and faults that ended.
SELECT date_bin('1 day', moment, '2001-01-01 00:00+08') AS time, count(*) FILTER (WHERE began) AS began,
    count(*) FILTER (WHERE NOT began) AS ended
FROM (
    SELECT time AS moment, true AS began FROM board.episode
    WHERE fault AND point_id IS NOT NULL AND $__timeFilter(time) AND ('__all' IN ($district) OR district IN ($district))
    UNION ALL
    SELECT cleared_at, false FROM board.episode
    WHERE fault AND point_id IS NOT NULL AND $__timeFilter(cleared_at) AND time <= $__timeTo()::timestamptz
        AND time >= $__timeFrom()::timestamptz - interval '90 days' AND ('__all' IN ($district) OR district IN ($district))
) AS moments
GROUP BY 1 ORDER BY 1

-- name: shielded
-- Points whose alarms are not passed on, the longest first.
SELECT board.seconds(now() - since) AS age_s, venue_name, name AS point_name, floor, system_kind::text AS system_kind,
    component::text AS component, district, venue_id
FROM board.point
WHERE registered AND shielded AND ('__all' IN ($district) OR district IN ($district))
ORDER BY since LIMIT 200

-- name: venues
-- The venues with most faults for their size.
SELECT venue_name, district, count(*) AS all_points, count(*) FILTER (WHERE open_faults > 0) AS faults,
    count(*) FILTER (WHERE shielded) AS shielded, count(*) FILTER (WHERE condition IN ('normal', 'fire', 'manual_alarm', 'supervise',
        'started', 'feedback', 'delayed', 'test'))::double precision / count(*) AS intact_rate, venue_id
FROM board.point WHERE registered AND ('__all' IN ($district) OR district IN ($district))
GROUP BY venue_id, venue_name, district HAVING count(*) FILTER (WHERE open_faults > 0 OR shielded) > 0
ORDER BY intact_rate, faults DESC, venue_name LIMIT 100
