"""Which alert rules are there, and why does each fire when it does?

Every query answers also while all is well, so that no rows mean something: usually that the figure does not exist here.
Liveness is the exception. It is a rule of its own, and the only one for which no rows are an alarm.
"""

from firewarden.dashboards.grafana.alerts.rule import Beyond, Group, NoData, OnError, Rule, Severity

ALARM_LAG = Rule(
    name="alarm-lag",
    # More than two seconds are lost out of the ten that a fire may take from the gateway to the screen.
    beyond=Beyond.ABOVE,
    limit=2,
    hold="1m",
    severity=Severity.CRITICAL,
    figure="lag",
    sql="""\
SELECT process, worker, f.labels ->> 'of' AS reader, f.value AS lag_s
FROM board.process_figure f JOIN board.process p USING (process, worker, standby)
WHERE f.name = 'firewarden_lag_seconds' AND f.labels ->> 'of' IN ('alarm', 'desk.alarm')
  AND p.alive AND NOT standby""",
)

LAG = Rule(
    name="lag",
    beyond=Beyond.ABOVE,
    limit=10,
    hold="5m",
    severity=Severity.WARNING,
    figure="lag",
    sql="""\
SELECT process, worker, f.labels ->> 'of' AS reader, f.value AS lag_s
FROM board.process_figure f JOIN board.process p USING (process, worker, standby)
WHERE f.name = 'firewarden_lag_seconds' AND f.labels ->> 'of' NOT IN ('alarm', 'desk.alarm')
  AND p.alive AND NOT standby""",
)

PROCESS_DEAD = Rule(
    name="process-dead",
    # Who was asked to end and did has said so, and is not dead. A spare that waits reports as well, and can die.
    beyond=Beyond.ABOVE,
    limit=0,
    hold="1m",
    severity=Severity.WARNING,
    no_data=NoData.ALERTING,
    on_error=OnError.ALERTING,
    figure="processes",
    sql="""\
SELECT process, worker, CASE WHEN standby THEN 'spare' ELSE 'worker' END AS duty,
  CASE WHEN alive OR ended_at IS NOT NULL THEN 0 ELSE 1 END AS dead
FROM board.process""",
)

WORK_MISSING = Rule(
    name="work-missing",
    # Whatever became of the last one, on purpose or not: nobody does this work now.
    beyond=Beyond.ABOVE,
    limit=0,
    hold="2m",
    severity=Severity.CRITICAL,
    no_data=NoData.ALERTING,
    on_error=OnError.ALERTING,
    figure="processes",
    sql="""\
SELECT needed.process, CASE WHEN EXISTS (
    SELECT FROM board.process p WHERE p.process = needed.process AND p.alive AND NOT p.standby
  ) THEN 0 ELSE 1 END AS missing
FROM (VALUES ('ingest'), ('desk'), ('risk'), ('upkeep'), ('api')) AS needed (process)""",
)

BROKER_DISCONNECTED = Rule(
    name="broker-disconnected",
    # No rows: no ingest works at all, which work-missing says.
    beyond=Beyond.BELOW,
    limit=1,
    hold="1m",
    severity=Severity.CRITICAL,
    figure="broker",
    sql="""\
SELECT process, worker, f.labels ->> 'connection' AS connection, f.value AS connected
FROM board.process_figure f JOIN board.process p USING (process, worker, standby)
WHERE f.name = 'firewarden_ingest_connected' AND f.labels ->> 'connection' IN ('alarm', 'bulk')
  AND p.alive AND NOT standby""",
)

GATEWAYS_SILENT = Rule(
    name="gateways-silent",
    # One silent gateway is an incident of the desk. A fifth of those that were heard, and five at least, within half
    # an hour is a network, a carrier or a broker: one message instead of hundreds.
    beyond=Beyond.ABOVE,
    limit=20,
    hold="2m",
    severity=Severity.CRITICAL,
    figure="gateways",
    sql="""\
SELECT CASE WHEN fell < 5 THEN 0 ELSE 100.0 * fell / (fell + heard) END::double precision AS silent_percent
FROM (
  SELECT count(*) FILTER (WHERE state IN ('online', 'unknown')) AS heard,
    count(*) FILTER (WHERE state IN ('silent', 'offline') AND silent_s < 1800 + silence_deadline_s) AS fell
  FROM board.gateway
) AS counted""",
)

QUARANTINE = Rule(
    name="quarantine",
    beyond=Beyond.ABOVE,
    limit=0,
    hold="0s",
    severity=Severity.WARNING,
    look_back_s=3600,
    figure="quarantine",
    sql="SELECT count(*)::double precision AS messages FROM board.quarantine WHERE $__timeFilter(time)",
)

DATABASE_TROUBLE = Rule(
    name="database-trouble",
    # Collisions of transactions are done again and are no trouble. A counter that falls began anew: its process did.
    beyond=Beyond.ABOVE,
    limit=0,
    hold="2m",
    severity=Severity.WARNING,
    figure="retries",
    sql="""\
SELECT process, worker,
  coalesce(sum(CASE WHEN value < before THEN value ELSE value - before END), 0)::double precision AS retries
FROM (
  SELECT process, worker, value, lag(value) OVER (PARTITION BY process, worker, labels ORDER BY time) AS before
  FROM board.process_figure_minute
  WHERE $__timeFilter(time) AND name = 'firewarden_retries_total'
    AND labels ->> 'error' NOT IN ('SerializationFailure', 'DeadlockDetected', 'UniqueViolation')
) AS counted
GROUP BY process, worker""",
)

JOB_FAILED = Rule(
    name="job-failed",
    beyond=Beyond.ABOVE,
    limit=0,
    hold="0s",
    severity=Severity.WARNING,
    figure="jobs",
    sql="SELECT name AS job, CASE WHEN outcome = 'failed' THEN 1 ELSE 0 END AS failed FROM board.job",
)

JOB_OVERDUE = Rule(
    name="job-overdue",
    beyond=Beyond.ABOVE,
    limit=0,
    hold="10m",
    severity=Severity.WARNING,
    figure="jobs",
    sql="SELECT name AS job, CASE WHEN overdue THEN 1 ELSE 0 END AS overdue FROM board.job",
)

ROLLUP_BEHIND = Rule(
    name="rollup-behind",
    # A run that ends leaves no hour that is over. Some are left for so long only where runs do not get through.
    beyond=Beyond.ABOVE,
    limit=0,
    hold="30m",
    severity=Severity.WARNING,
    figure="jobs",
    sql="SELECT due_days::double precision AS due_days FROM board.rollup_due",
)

_DISK = """\
SELECT process, worker, labels ->> 'of' AS folder,
  100 * f.value / nullif(size.value, 0) AS free_percent
FROM board.process_figure f
JOIN board.process_figure size
  USING (process, worker, standby, labels)
JOIN board.process p USING (process, worker, standby)
WHERE f.name = 'firewarden_disk_free_bytes' AND size.name = 'firewarden_disk_size_bytes' AND p.alive"""

DISK_LOW = Rule(
    name="disk-low",
    # No rows: no disk of ours is watched, as with a database elsewhere; whoever runs that watches it.
    beyond=Beyond.BELOW,
    limit=15,
    hold="15m",
    severity=Severity.WARNING,
    figure="disk",
    sql=_DISK,
)

DISK_FULL = Rule(
    name="disk-full",
    beyond=Beyond.BELOW,
    limit=5,
    hold="2m",
    severity=Severity.CRITICAL,
    figure="disk",
    sql=_DISK,
)

CERTIFICATE = Rule(
    name="certificate",
    # No rows: nothing here speaks TLS.
    beyond=Beyond.BELOW,
    limit=14,
    hold="0s",
    severity=Severity.WARNING,
    figure="certificate",
    sql="""\
SELECT process, worker, f.labels ->> 'of' AS certificate,
  (f.value - extract(epoch FROM now())::double precision) / 86400 AS days_left
FROM board.process_figure f JOIN board.process p USING (process, worker, standby)
WHERE f.name = 'firewarden_certificate_expires_timestamp_seconds' AND p.alive AND NOT standby""",
)

LINK_TEST = Rule(
    name="link-test",
    # A day and two hours, since nobody tests at the same minute. Where no test was ever recorded this is 0, with the
    # label that says so: an alarm from the first day on, that nobody can end who has no such link, would be ignored.
    beyond=Beyond.ABOVE,
    limit=26,
    hold="0s",
    severity=Severity.WARNING,
    figure="link_test",
    sql="""\
SELECT CASE WHEN recorded THEN 'yes' ELSE 'never' END AS recorded, coalesce(without_ok_s, 0) / 3600 AS hours
FROM board.link_test_state""",
)

DEAD_MANS_SWITCH = Rule(
    name="dead-mans-switch",
    # Fires while the whole chain works: a process reports, the database answers, Grafana asks. An error must therefore
    # silence it, and so must no rows.
    beyond=Beyond.ABOVE,
    limit=0,
    hold="0s",
    severity=Severity.WATCHDOG,
    no_data=NoData.OK,
    on_error=OnError.OK,
    figure="processes",
    sql="SELECT count(*)::double precision AS processes FROM board.process WHERE alive",
)

GROUPS = (
    Group(name="fw-late", every_s=30, rules=(ALARM_LAG, LAG)),
    Group(name="fw-alive", every_s=30, rules=(PROCESS_DEAD, WORK_MISSING)),
    Group(name="fw-intake", every_s=30, rules=(BROKER_DISCONNECTED, GATEWAYS_SILENT, QUARANTINE)),
    Group(name="fw-database", every_s=60, rules=(DATABASE_TROUBLE,)),
    Group(name="fw-upkeep", every_s=60, rules=(JOB_FAILED, JOB_OVERDUE, ROLLUP_BEHIND)),
    Group(name="fw-machine", every_s=60, rules=(DISK_LOW, DISK_FULL, CERTIFICATE)),
    Group(name="fw-centre", every_s=300, rules=(LINK_TEST,)),
    Group(name="fw-watchdog", every_s=60, rules=(DEAD_MANS_SWITCH,)),
)
RULES = tuple(rule for group in GROUPS for rule in group.rules)
