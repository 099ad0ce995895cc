"""Which figures does the platform read again itself, to say in words how a process is doing?"""

LAG = "firewarden_lag_seconds"
STANDBY = "firewarden_standby"
RETRIES = "firewarden_retries_total"
