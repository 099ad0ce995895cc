-- name: moment
-- The time, and when something has to be done about a command next.
SELECT clock_timestamp() AS now, (SELECT min(due_at) FROM gateway_command WHERE ended_at IS NULL) AS due_at

-- name: listen
-- Be woken when somebody asks for something.
LISTEN fw_command

-- name: due_commands
-- Commands about which something must be done and can be by whoever asks, who holds them until commit; those of people
-- first. Over MQTT a gateway is there until its last will says that it is not.
SELECT c.id, c.gateway_id, c.command, c.args, c.state::text AS state, c.attempts, c.first_sent_at, c.deadline_at,
    d.gateway_id IS NOT NULL AS is_device
FROM gateway_command c
LEFT JOIN gb_device d ON d.gateway_id = c.gateway_id
LEFT JOIN gateway_liveness l ON l.gateway_id = c.gateway_id
WHERE c.ended_at IS NULL AND c.due_at <= %(now)s
  AND (c.deadline_at <= %(now)s
    OR (c.state = 'sent' AND c.attempts >= %(attempts_max)s)
    OR (c.state IN ('waiting', 'sent')
      AND CASE WHEN d.gateway_id IS NULL THEN %(mqtt)s AND l.online ELSE c.gateway_id = ANY(%(devices)s) END))
ORDER BY c.asked_by = 'platform', c.due_at, c.id LIMIT %(rows)s
FOR UPDATE OF c SKIP LOCKED

-- name: command_sent
-- It was given to a transport.
UPDATE gateway_command
SET state = %(state)s, attempts = %(attempts)s, first_sent_at = %(first_sent_at)s, sent_at = %(now)s, due_at = %(due_at)s,
    deadline_at = %(deadline_at)s, worker = %(worker)s
WHERE id = %(id)s

-- name: command_ended
-- It is over without an answer.
UPDATE gateway_command SET state = %(state)s, ended_at = %(now)s, detail = %(detail)s WHERE id = %(id)s

-- name: command_waits
-- Nothing can be done about it before its deadline.
UPDATE gateway_command SET due_at = deadline_at WHERE id = %(id)s

-- name: commands_answered
-- The commands that replies name, and the duty checks of the gateways at which somebody answered; held until commit.
-- One that waits is held by whoever is sending it at this moment: it has to be waited for, too.
SELECT id, gateway_id, command, state::text AS state, first_sent_at FROM gateway_command
WHERE id = ANY(%(ids)s::bigint[])
   OR (gateway_id = ANY(%(gateways)s::text[]) AND command = 'duty_check'
       AND (state IN ('waiting', 'sent', 'accepted') OR (state IN ('missed', 'timed_out') AND late_at IS NULL
            AND ended_at > now() - interval '1 day')))
ORDER BY id FOR UPDATE

-- name: settle_command
-- What the gateway, or a person at it, said of a command.
UPDATE gateway_command
SET state = %(state)s::command_state, result = %(result)s, detail = %(detail)s,
    accepted_at = CASE WHEN %(state)s::command_state = 'accepted' THEN %(at)s ELSE accepted_at END,
    ended_at = CASE WHEN %(state)s::command_state = 'accepted' THEN NULL ELSE %(at)s::timestamptz END,
    due_at = CASE WHEN %(state)s::command_state = 'accepted' THEN deadline_at ELSE due_at END
WHERE id = %(id)s

-- name: note_late_answer
-- It came when the command was over: that stays as it is.
UPDATE gateway_command
SET late_at = coalesce(late_at, %(at)s), result = CASE WHEN result = '' THEN %(result)s ELSE result END,
    detail = CASE WHEN detail = '' THEN %(detail)s ELSE detail END
WHERE id = %(id)s

-- name: only_one_sweeps
-- Whether this transaction is the one that asks in the platform's name.
SELECT pg_try_advisory_xact_lock(hashtext('firewarden command schedule'))

-- name: ask_clock_syncs
-- Gateways that connected or started since the platform last set their clocks, or whose day is over; the longest first.
INSERT INTO gateway_command (gateway_id, command, boot, asked_by, asked_at, due_at, deadline_at)
SELECT g.id, 'clock_sync', l.boot, 'platform', %(now)s::timestamptz, %(now)s, %(now)s::timestamptz + %(send_within)s
FROM gateway g
LEFT JOIN gb_device d ON d.gateway_id = g.id
LEFT JOIN device_link k ON k.gateway_id = g.id AND k.ended_at IS NULL
LEFT JOIN gateway_liveness l ON l.gateway_id = g.id
LEFT JOIN LATERAL (
    SELECT o.asked_at AS at, o.boot FROM gateway_command o
    WHERE o.gateway_id = g.id AND o.command = 'clock_sync' AND o.asked_by = 'platform'
    ORDER BY o.asked_at DESC LIMIT 1) asked ON true
WHERE g.connection IN ('in_service', 'trial')
  AND CASE WHEN d.gateway_id IS NULL THEN l.online ELSE k.gateway_id IS NOT NULL END
  AND (asked.at IS NULL OR (asked.at < %(now)s::timestamptz - %(pause)s::interval
    AND (asked.at < %(now)s::timestamptz - %(every)s::interval OR asked.boot IS DISTINCT FROM l.boot
      OR asked.at < CASE WHEN d.gateway_id IS NULL THEN l.changed_at ELSE k.since_at END)))
ORDER BY asked.at NULLS FIRST, g.id LIMIT %(rows)s
ON CONFLICT (gateway_id, command) WHERE asked_by = 'platform' AND ended_at IS NULL DO NOTHING

-- name: ask_polls
-- Gateways that have said nothing for long, the longest silence first.
INSERT INTO gateway_command (gateway_id, command, asked_by, asked_at, due_at, deadline_at)
SELECT g.id, 'read_device_state', 'platform', %(now)s::timestamptz, %(now)s, %(now)s::timestamptz + %(send_within)s
FROM gateway g JOIN gateway_liveness l ON l.gateway_id = g.id
WHERE g.connection IN ('in_service', 'trial') AND l.heard_at < %(now)s::timestamptz - %(every)s::interval
  AND NOT EXISTS (
    SELECT 1 FROM gateway_command o
    WHERE o.gateway_id = g.id AND o.command = 'read_device_state' AND o.asked_by = 'platform'
      AND o.asked_at > %(now)s::timestamptz - %(every)s::interval)
ORDER BY l.heard_at, g.id LIMIT %(rows)s
ON CONFLICT (gateway_id, command) WHERE asked_by = 'platform' AND ended_at IS NULL DO NOTHING
