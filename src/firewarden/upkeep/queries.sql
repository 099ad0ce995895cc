-- name: begin_rollups
-- The first time: every day that has readings is due, for all points.
INSERT INTO rollup_due (day, from_at, to_at)
SELECT DISTINCT day, day, day + interval '1 day'
FROM timescaledb_information.chunks c,
    generate_series(date_trunc('day', c.range_start, 'Asia/Shanghai'), c.range_end - interval '1 microsecond',
                    interval '1 day') AS day
WHERE c.hypertable_schema = 'public' AND c.hypertable_name = 'reading'

-- name: notice
-- Hours that got new readings in the window become due, a row for each day: the points of its transactions, from the
-- first hour to the last. Points are gathered for each stretch of days that transactions cover, which are few.
WITH news AS (
    SELECT date_trunc('day', at_min, 'Asia/Shanghai') AS first_day, date_trunc('day', at_max, 'Asia/Shanghai') AS last_day,
        date_trunc('hour', min(at_min)) AS from_at, date_trunc('hour', max(at_max)) + interval '1 hour' AS to_at,
        array_agg(id) AS ids
    FROM reading_batch
    WHERE xid >= pg_snapshot_xmin(%(since)s::pg_snapshot)
        AND NOT pg_visible_in_snapshot(xid, %(since)s::pg_snapshot)
    GROUP BY 1, 2
), stretch AS (
    SELECT first_day, last_day, from_at, to_at,
        ARRAY(SELECT DISTINCT unnest(b.point_ids) FROM reading_batch b WHERE b.id = ANY(news.ids)) AS point_ids
    FROM news
)
INSERT INTO rollup_due (day, from_at, to_at, point_ids)
SELECT day, greatest(day, from_at), least(day + interval '1 day', to_at), point_ids
FROM stretch, generate_series(first_day, last_day, interval '1 day') AS day

-- name: newest_due_day
-- The day to work on: the newest that has an hour which is over.
SELECT day FROM rollup_due WHERE from_at < %(closed)s ORDER BY day DESC LIMIT 1

-- name: take_due
-- All that is due of a day, and taken off the list.
DELETE FROM rollup_due WHERE day = %(day)s RETURNING from_at, to_at, point_ids

-- name: put_due
-- What is left of a day for later.
INSERT INTO rollup_due (day, from_at, to_at, point_ids) VALUES (%(day)s, %(from_at)s, %(to_at)s, %(point_ids)s)

-- name: readings_begin
-- Older readings than this have been dropped: a rollup made from what is left would be wrong.
SELECT dropped_before FROM retention WHERE class = 'readings'

-- name: roll_hours
-- The hours of some points anew, from all their readings.
WITH fresh AS MATERIALIZED (
    SELECT point_id, quantity, time_bucket(interval '1 hour', at) AS at, count(*)::integer AS n, min(value) AS low,
        max(value) AS high, sum(greatest(least(value, 1e290), -1e290)) AS total, last(value, at) AS last,
        max(at) AS last_at
    FROM reading
    WHERE at >= %(from_at)s AND at < %(to_at)s
        AND (%(point_ids)s::bigint[] IS NULL OR point_id = ANY(%(point_ids)s::bigint[]))
    GROUP BY point_id, quantity, time_bucket(interval '1 hour', at)
), put AS (
    INSERT INTO reading_hour AS h (point_id, quantity, at, n, low, high, total, last, last_at)
    SELECT point_id, quantity, at, n, low, high, total, last, last_at FROM fresh
    ON CONFLICT (point_id, quantity, at) DO UPDATE SET n = excluded.n, low = excluded.low, high = excluded.high,
        total = excluded.total, last = excluded.last, last_at = excluded.last_at
    WHERE (h.n, h.low, h.high, h.total, h.last, h.last_at)
        IS DISTINCT FROM (excluded.n, excluded.low, excluded.high, excluded.total, excluded.last, excluded.last_at)
)
SELECT coalesce(sum(n), 0)::bigint FROM fresh

-- name: roll_day
-- A day of some points anew, from all its hours.
INSERT INTO reading_day AS d (point_id, quantity, at, n, low, high, total, last, last_at)
SELECT point_id, quantity, %(day)s::timestamptz, sum(n)::integer, min(low), max(high), sum(total), last(last, last_at),
    max(last_at)
FROM reading_hour
WHERE at >= %(day)s::timestamptz AND at < %(day)s::timestamptz + interval '1 day'
    AND (%(point_ids)s::bigint[] IS NULL OR point_id = ANY(%(point_ids)s::bigint[]))
GROUP BY point_id, quantity
ON CONFLICT (point_id, quantity, at) DO UPDATE SET n = excluded.n, low = excluded.low, high = excluded.high,
    total = excluded.total, last = excluded.last, last_at = excluded.last_at
WHERE (d.n, d.low, d.high, d.total, d.last, d.last_at)
    IS DISTINCT FROM (excluded.n, excluded.low, excluded.high, excluded.total, excluded.last, excluded.last_at)

-- name: database_now
-- The database's clock: the one that every process shares.
SELECT clock_timestamp()

-- name: patient
-- A job may take its time, and never makes others wait: it gives way instead.
SELECT set_config('statement_timeout', '600s', false), set_config('lock_timeout', '1s', false)

-- name: job_started
-- A job begins.
INSERT INTO upkeep_job AS j (name, period_s, started_at, outcome) VALUES (%(name)s, %(period_s)s, now(), 'running')
ON CONFLICT (name) DO UPDATE SET period_s = excluded.period_s, started_at = excluded.started_at, finished_at = NULL,
    outcome = 'running', rows = 0, duration_s = NULL, detail = ''

-- name: job_finished
-- A job ended, one way or another.
UPDATE upkeep_job SET finished_at = clock_timestamp(), outcome = %(outcome)s, rows = %(rows)s, detail = %(detail)s,
    duration_s = greatest(0, extract(epoch FROM clock_timestamp() - started_at)),
    done_at = CASE WHEN %(outcome)s = 'done' THEN clock_timestamp() ELSE done_at END
WHERE name = %(name)s

-- name: job_runs
-- The last run of every job.
SELECT name, started_at, finished_at, outcome, rows, duration_s, detail, done_at FROM upkeep_job ORDER BY name

-- name: jobs_since
-- Since when this database has had periodic jobs.
SELECT applied_at FROM schema_migration WHERE name = 'upkeep'

-- name: forget_quarantine
-- Quarantined messages, as far as old enough: some, and how many.
SELECT forget_quarantine(%(rows_max)s::integer)

-- name: forget_audit
-- The audit, as far as old enough: some, and how many.
SELECT forget_audit(%(rows_max)s::integer)

-- name: forget_incidents
-- Closed incidents with all that belongs to them, as far as old enough: some, and how many.
SELECT forget_incidents(%(rows_max)s::integer)

-- name: forget_episodes
-- Episodes without incident, as far as old enough: some, and how many.
SELECT forget_episodes(%(rows_max)s::integer)

-- name: forget_acts
-- Operators' acts and gateways' replies, as far as old enough: some, and how many.
SELECT forget_acts(%(rows_max)s::integer)

-- name: forget_commands
-- Commands to gateways that are over, as far as old enough: some, and how many.
SELECT forget_commands(%(rows_max)s::integer)

-- name: forget_scores
-- Past scores, as far as old enough: some, and how many.
SELECT forget_scores(%(rows_max)s::integer)

-- name: forget_facts
-- Delete old facts of risk that no score names and no replay needs.
SELECT forget_facts(%(rows_max)s::integer)

-- name: forget_unknown
-- Devices that nobody adopted, as far as not heard for long: some, and how many.
SELECT forget_unknown(%(rows_max)s::integer)

-- name: drop_old_chunks
-- Chunks that are old enough: all, and how many.
SELECT drop_old_chunks(%(class)s::text)

-- name: compress_one_chunk
-- The next chunk of readings, where the edition can compress.
SELECT compress_one_chunk(%(older_than)s::interval)

-- name: retention
-- How long each class is kept.
SELECT class AS data_class, keep FROM retention ORDER BY class

-- name: set_retention
-- Keep a class for some days.
UPDATE retention SET keep = make_interval(days => %(days)s::integer) WHERE class = %(class)s

-- name: make_due
-- Days are made anew, for all points.
INSERT INTO rollup_due (day, from_at, to_at)
SELECT day, day, day + interval '1 day'
FROM generate_series(%(first)s::timestamptz, %(last)s::timestamptz, interval '1 day') AS day
