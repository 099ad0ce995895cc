-- name: write_figures
-- The newest figures of a process. Times are the database's: the clocks of machines differ.
INSERT INTO process_figures (process, worker, standby, version, started_at, at, every_s, ended_at,
    last_error, last_error_at, figures, before, before_at)
VALUES (%(process)s, %(worker)s, %(standby)s, %(version)s, now() - make_interval(secs => %(age_s)s), now(), %(every_s)s, NULL,
    %(last_error)s, %(last_error_at)s, %(figures)s, %(before)s, now() - make_interval(secs => %(before_age_s)s))
ON CONFLICT (process, worker, standby) DO UPDATE SET version = excluded.version, started_at = excluded.started_at,
    at = excluded.at, every_s = excluded.every_s, ended_at = NULL, last_error = excluded.last_error,
    last_error_at = excluded.last_error_at, figures = excluded.figures, before = excluded.before,
    before_at = excluded.before_at

-- name: end_standby
-- Who stood by works now; another that still stands by says so again at its next report.
DELETE FROM process_figures WHERE process = %(process)s AND worker = %(worker)s AND standby

-- name: keep_minute
-- The first figures of each minute are kept, for the plots.
INSERT INTO process_figures_minute (process, worker, at, figures)
VALUES (%(process)s, %(worker)s, date_trunc('minute', now()), %(figures)s)
ON CONFLICT DO NOTHING

-- name: forget_minutes
-- A day of minutes is enough.
DELETE FROM process_figures_minute WHERE at < now() - interval '1 day'

-- name: forget_processes
-- A process that was not seen for a week does not come back under this name.
DELETE FROM process_figures WHERE at < now() - interval '7 days'

-- name: write_end
-- A process ends in good order.
UPDATE process_figures SET ended_at = now(), at = now()
WHERE process = %(process)s AND worker = %(worker)s AND standby = %(standby)s
