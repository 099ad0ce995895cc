-- name: now
-- What waits for the officers at this moment: one row.
SELECT count(*) FILTER (WHERE priority = 1 AND state = 'new') AS fires_new,
    count(*) FILTER (WHERE priority = 1) AS fires,
    count(*) FILTER (WHERE state = 'new') AS incidents_new, count(*) FILTER (WHERE state = 'taken') AS incidents_taken,
    coalesce(max(age_s) FILTER (WHERE priority = 1 AND state = 'new'), 0) AS oldest_s,
    count(DISTINCT seat) FILTER (WHERE state = 'taken') AS seats
FROM board.open_incident WHERE '__all' IN ($district) OR district IN ($district)

-- name: clocks
-- The three clocks of the fire incidents of the range, what broke their limits, and the busiest ten minutes: one row.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY shown_s) AS shown_p50_s,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY shown_s) AS shown_p95_s,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY take_s) AS take_p50_s,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY take_s) AS take_p95_s,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY close_s) AS judge_p50_s,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY close_s) AS judge_p95_s,
    count(*) FILTER (WHERE breach_show) AS breaches_show, count(*) FILTER (WHERE breach_take) AS breaches_take,
    count(*) FILTER (WHERE breach_judge) AS breaches_judge, count(*) AS fire_signals
FROM board.incident
WHERE priority = 1 AND NOT late AND $__timeFilter(time) AND ('__all' IN ($district) OR district IN ($district))

-- name: clock_course
-- The clocks over the range in at most 60 steps of ten minutes or more: of each the time that 95 of 100 kept.
SELECT date_bin(greatest(($__timeTo()::timestamptz - $__timeFrom()::timestamptz) / 60, interval '10 minutes'), time,
        '2001-01-01 00:00+08') AS time,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY shown_s) AS shown_p95_s,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY take_s) AS take_p95_s,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY close_s) AS judge_p95_s
FROM board.incident
WHERE priority = 1 AND NOT late AND $__timeFilter(time) AND ('__all' IN ($district) OR district IN ($district))
GROUP BY 1 ORDER BY 1

-- name: breaches
-- Fire incidents that broke a limit, the newest first.
SELECT time, kind, venue_name, district, shown_s, take_s, close_s AS judge_s, seat, class, venue_id FROM board.incident
WHERE priority = 1 AND NOT late AND (breach_show OR breach_take OR breach_judge) AND $__timeFilter(time)
    AND ('__all' IN ($district) OR district IN ($district))
ORDER BY time DESC LIMIT 200

-- name: seats
-- What each officer took on in the range, and how fast.
SELECT seat, count(*) AS taken, count(*) FILTER (WHERE priority = 1) AS fire_signals,
    count(*) FILTER (WHERE state <> 'closed') AS still_open,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY take_s) FILTER (WHERE priority = 1) AS take_p95_s,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY close_s) FILTER (WHERE priority = 1) AS judge_p95_s,
    max(taken_at) AS last_at
FROM board.incident
WHERE seat IS NOT NULL AND $__timeFilter(time) AND ('__all' IN ($district) OR district IN ($district))
GROUP BY seat ORDER BY taken DESC, seat LIMIT 100

-- name: flood
-- New incidents in ten minutes (over two days as a mean of the hour, over a month of the day), and those for each officer who
-- took any.
WITH span AS (
    SELECT CASE WHEN $__timeTo()::timestamptz - $__timeFrom()::timestamptz > interval '31 days' THEN 144
        WHEN $__timeTo()::timestamptz - $__timeFrom()::timestamptz > interval '2 days' THEN 6 ELSE 1 END AS parts
), slots AS (
    SELECT parts, generate_series(date_bin(parts * interval '10 minutes', $__timeFrom()::timestamptz, '2001-01-01 00:00+08'),
        least($__timeTo()::timestamptz, now()), parts * interval '10 minutes') AS slot
    FROM span
), counted AS (
    SELECT date_bin(parts * interval '10 minutes', time, '2001-01-01 00:00+08') AS slot, count(*) FILTER (WHERE priority = 1) AS fires,
        count(*) FILTER (WHERE priority > 1) AS others, count(DISTINCT seat) AS seats
    FROM span, board.incident WHERE $__timeFilter(time) AND ('__all' IN ($district) OR district IN ($district)) GROUP BY 1
)
SELECT s.slot AS time, coalesce(c.fires, 0)::double precision / s.parts AS fire_signals,
    coalesce(c.others, 0)::double precision / s.parts AS other_incidents,
    coalesce(c.fires + c.others, 0)::double precision / s.parts / greatest(c.seats, 1) AS for_each_seat
FROM slots s LEFT JOIN counted c ON c.slot = s.slot ORDER BY 1

-- name: classes
-- How fire signals of the range were judged.
SELECT class, count(*) AS n FROM board.incident
WHERE kind IN ('fire', 'manual_alarm') AND class IS NOT NULL AND $__timeFilter(time)
    AND ('__all' IN ($district) OR district IN ($district))
GROUP BY class ORDER BY n DESC, class

-- name: false_components
-- False alarms by what raised them.
SELECT coalesce(component, 0)::text AS component, count(*) AS false_alarms FROM board.incident
WHERE kind IN ('fire', 'manual_alarm') AND class IN ('false_alarm', 'malicious') AND $__timeFilter(time)
    AND ('__all' IN ($district) OR district IN ($district))
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 15

-- name: false_points
-- The points that raised most false alarms, and how often each reported.
SELECT venue_name, point_name, coalesce(component, 0)::text AS component, count(*) AS false_alarms, sum(raises) AS raises,
    max(time) AS last_at, venue_id
FROM board.incident
WHERE kind IN ('fire', 'manual_alarm') AND class IN ('false_alarm', 'malicious') AND $__timeFilter(time)
    AND ('__all' IN ($district) OR district IN ($district))
GROUP BY venue_id, venue_name, point_id, point_name, component ORDER BY false_alarms DESC, last_at DESC LIMIT 50

-- name: checks
-- Duty checks of the range: one row.
SELECT count(*) AS asked, count(*) FILTER (WHERE state = 'answered') AS answered,
    count(*) FILTER (WHERE state IN ('missed', 'timed_out')) AS missed,
    count(*) FILTER (WHERE state = 'answered')::double precision
        / nullif(count(*) FILTER (WHERE state IN ('answered', 'missed', 'timed_out')), 0) AS answered_share,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY answered_s) AS answered_p95_s
FROM board.duty_check WHERE $__timeFilter(time) AND ('__all' IN ($district) OR district IN ($district))

-- name: checks_by_day
-- Duty checks by day (within two days: by hour) and what became of them.
SELECT date_bin(CASE WHEN $__timeTo()::timestamptz - $__timeFrom()::timestamptz > interval '2 days' THEN interval '1 day'
        ELSE interval '1 hour' END, time, '2001-01-01 00:00+08') AS time, state AS metric, count(*) AS value
FROM board.duty_check WHERE $__timeFilter(time) AND ('__all' IN ($district) OR district IN ($district))
GROUP BY 1, 2 ORDER BY 1

-- name: checks_missed
-- Control rooms that did not answer, the most often first.
SELECT venue_name, district, count(*) FILTER (WHERE state IN ('missed', 'timed_out')) AS missed, count(*) AS asked,
    max(time) FILTER (WHERE state IN ('missed', 'timed_out')) AS last_at, venue_id
FROM board.duty_check WHERE $__timeFilter(time) AND ('__all' IN ($district) OR district IN ($district))
GROUP BY venue_id, venue_name, district HAVING count(*) FILTER (WHERE state IN ('missed', 'timed_out')) > 0
ORDER BY missed DESC, last_at DESC LIMIT 100
