-- name: now
-- How the platform is at this moment: one row.
WITH figures AS (
    SELECT f.name, f.labels, f.value, f.process, f.worker, f.standby
    FROM board.process_figure f JOIN board.process p USING (process, worker, standby)
    WHERE p.alive AND NOT standby AND f.name IN ('firewarden_ingest_connected', 'firewarden_disk_free_bytes',
        'firewarden_disk_size_bytes', 'firewarden_certificate_expires_timestamp_seconds')
)
SELECT (SELECT count(*) FROM (VALUES ('ingest'), ('desk'), ('risk'), ('upkeep'), ('api')) AS needed (process)
        WHERE NOT EXISTS (SELECT FROM board.process p WHERE p.process = needed.process AND p.alive AND NOT p.standby)) AS missing_works,
    (SELECT count(*) FROM figures WHERE name = 'firewarden_ingest_connected' AND labels ->> 'connection' IN ('alarm', 'bulk')
        AND value < 1) AS broker_down,
    (SELECT min(f.value / nullif(s.value, 0)) FROM figures f JOIN figures s USING (process, worker, standby, labels)
        WHERE f.name = 'firewarden_disk_free_bytes' AND s.name = 'firewarden_disk_size_bytes') AS free_share,
    (SELECT min(value) - extract(epoch FROM now())::double precision FROM figures
        WHERE name = 'firewarden_certificate_expires_timestamp_seconds') AS certificate_s,
    t.without_ok_s AS link_test_s, r.due_days, d.size_bytes, d.connections::double precision / d.max_connections AS connections_share,
    d.oldest_transaction_s,
    (SELECT CASE WHEN fell < 5 THEN 0 ELSE fell::double precision / (fell + heard) END FROM (
        SELECT count(*) FILTER (WHERE state IN ('online', 'unknown')) AS heard,
            count(*) FILTER (WHERE state IN ('silent', 'offline') AND silent_s < 1800 + silence_deadline_s) AS fell
        FROM board.gateway) AS counted) AS silent_share
FROM board.link_test_state t CROSS JOIN board.rollup_due r CROSS JOIN board.database d

-- name: processes
-- Every process, those first that say nothing any more.
SELECT process, worker, alive, standby, age_s, version, started_at, ended_at, last_error_at FROM board.process
ORDER BY alive, process, worker, standby LIMIT 100

-- name: lag
-- How far behind each reader was, the worst of each step; over six hours every fourth minute is read.
SELECT date_bin(greatest(($__timeTo()::timestamptz - $__timeFrom()::timestamptz) / 360, interval '1 minute'), time,
        '2001-01-01 00:00+08') AS time, replace(of, '.', '_') AS metric, max(seconds) AS value
FROM board.lag
WHERE $__timeFilter(time)
    AND ($__timeTo()::timestamptz - $__timeFrom()::timestamptz <= interval '6 hours'
        OR extract(minute FROM time) IN (0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56))
GROUP BY 1, 2 ORDER BY 1

-- name: commits
-- Mean time of a commit of ingest, by connection.
SELECT time, metric, sum(seconds) / nullif(sum(commits), 0) AS value
FROM (
    SELECT date_bin(greatest(($__timeTo()::timestamptz - $__timeFrom()::timestamptz) / 360, interval '1 minute'), time,
            '2001-01-01 00:00+08') AS time, labels ->> 'connection' AS metric,
        CASE WHEN name LIKE '%sum' THEN grown END AS seconds, CASE WHEN name LIKE '%count' THEN grown END AS commits
    FROM (
        SELECT time, name, labels, greatest(value - lag(value) OVER (PARTITION BY worker, series ORDER BY time), 0) AS grown
        FROM board.process_figure_minute
        WHERE $__timeFilter(time) AND name IN ('firewarden_ingest_batch_seconds_sum', 'firewarden_ingest_batch_seconds_count')
            AND labels ->> 'stage' = 'commit'
            AND ($__timeTo()::timestamptz - $__timeFrom()::timestamptz <= interval '6 hours'
                OR extract(minute FROM time) IN (0, 10, 20, 30, 40, 50))
    ) AS steps
) AS counted
GROUP BY time, metric ORDER BY time

-- name: rates
-- Messages that ingest stored in a second, by connection.
SELECT date_bin(greatest(($__timeTo()::timestamptz - $__timeFrom()::timestamptz) / 360, interval '1 minute'), time,
        '2001-01-01 00:00+08') AS time, metric, avg(a_minute) / 60 AS value
FROM (
    SELECT time, labels ->> 'connection' AS metric,
        sum(greatest(grown, 0) / minutes) AS a_minute
    FROM (
        SELECT time, labels, value - lag(value) OVER (PARTITION BY worker, series ORDER BY time) AS grown,
            extract(epoch FROM time - lag(time) OVER (PARTITION BY worker, series ORDER BY time)) / 60 AS minutes
        FROM board.process_figure_minute
        WHERE $__timeFilter(time) AND name = 'firewarden_ingest_messages_total' AND labels ->> 'result' = 'new'
            AND ($__timeTo()::timestamptz - $__timeFrom()::timestamptz <= interval '6 hours'
                OR extract(minute FROM time) IN (0, 10, 20, 30, 40, 50))
    ) AS steps
    WHERE grown IS NOT NULL GROUP BY 1, 2
) AS minutes
GROUP BY 1, 2 ORDER BY 1

-- name: retries
-- What was tried again, in ten minutes, by process; collisions of transactions are left out.
SELECT date_bin('10 minutes', time, '2001-01-01 00:00+08') AS time, process AS metric, sum(greatest(grown, 0)) AS value
FROM (
    SELECT time, process, value - lag(value) OVER (PARTITION BY process, worker, series ORDER BY time) AS grown
    FROM board.process_figure_minute
    WHERE $__timeFilter(time) AND name = 'firewarden_retries_total'
        AND labels ->> 'error' NOT IN ('SerializationFailure', 'DeadlockDetected', 'UniqueViolation')
        AND ($__timeTo()::timestamptz - $__timeFrom()::timestamptz <= interval '6 hours'
            OR extract(minute FROM time) IN (0, 10, 20, 30, 40, 50))
) AS steps
WHERE grown IS NOT NULL GROUP BY 1, 2 ORDER BY 1

-- name: quarantine
-- What could not be read, by the reason.
SELECT date_bin(greatest(($__timeTo()::timestamptz - $__timeFrom()::timestamptz) / 60, interval '1 minute'), time,
        '2001-01-01 00:00+08') AS time, reason AS metric, count(*) AS value
FROM board.quarantine WHERE $__timeFilter(time) GROUP BY 1, 2 ORDER BY 1

-- name: ledger
-- Messages that were missing, by what became of them.
SELECT date_bin(greatest(($__timeTo()::timestamptz - $__timeFrom()::timestamptz) / 60, interval '1 minute'), time,
        '2001-01-01 00:00+08') AS time, state AS metric, sum(missing) AS value
FROM board.gap WHERE $__timeFilter(time) GROUP BY 1, 2 ORDER BY 1

-- name: disk
-- Room on the disks.
SELECT f.time, f.labels ->> 'of' AS metric, min(f.value / nullif(s.value, 0)) AS value
FROM board.process_figure_minute f
JOIN board.process_figure_minute s ON s.time = f.time AND s.process = f.process AND s.worker = f.worker AND s.labels = f.labels
    AND s.name = 'firewarden_disk_size_bytes' AND $__timeFilter(s.time)
WHERE $__timeFilter(f.time) AND f.name = 'firewarden_disk_free_bytes' AND f.process = 'upkeep' AND s.process = 'upkeep'
    AND ($__timeTo()::timestamptz - $__timeFrom()::timestamptz <= interval '6 hours'
        OR extract(minute FROM f.time) IN (0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56))
GROUP BY 1, 2 ORDER BY 1

-- name: jobs
-- The periodic jobs.
SELECT name AS job, outcome, overdue, started_at, duration_s AS took_s, rows, done_at FROM board.job ORDER BY name LIMIT 50

-- name: tables
-- The largest tables.
SELECT name AS table_name, rows_estimate, size_bytes, chunks, compressed_chunks FROM board.table_size ORDER BY size_bytes DESC LIMIT 30

-- name: listeners
-- Who listens to gateways.
SELECT worker, connection AS listens_to, watching_since, age_s FROM board.worker ORDER BY worker, connection LIMIT 100
