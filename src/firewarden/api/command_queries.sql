-- name: gateway_named
-- Whether there is such a gateway, and how many commands of people to it are not over.
SELECT g.id, (SELECT count(*) FROM gateway_command c
    WHERE c.gateway_id = g.id AND c.ended_at IS NULL AND c.asked_by <> 'platform') AS open
FROM gateway g WHERE g.id = %(gateway_id)s FOR KEY SHARE

-- name: ask
-- One more command, by the database's clock, by which ingest sends.
INSERT INTO gateway_command (gateway_id, command, args, asked_by, asked_at, state, due_at, deadline_at)
SELECT %(gateway_id)s, %(command)s, %(args)s, %(asked_by)s, now(), state,
    CASE WHEN state = 'unconfirmed' THEN now() + %(within)s ELSE now() END, now() + %(within)s
FROM (SELECT %(state)s::command_state AS state) AS first
RETURNING id

-- name: hold_command
-- One command, held until commit.
SELECT id, gateway_id, command, state::text AS state, attempts, deadline_at <= now() AS late
FROM gateway_command WHERE id = %(id)s FOR UPDATE

-- name: confirm
-- It may be sent from now on.
UPDATE gateway_command
SET state = 'waiting', confirmed_by = %(by)s, confirmed_at = now(), due_at = now(), deadline_at = now() + %(within)s
WHERE id = %(id)s

-- name: withdraw
-- It will not be sent.
UPDATE gateway_command SET state = 'withdrawn', ended_at = now(), detail = %(by)s WHERE id = %(id)s

-- name: commands
-- One page of commands, the newest first, or one of them.
SELECT c.id, c.gateway_id, g.name AS gateway_name, g.venue_id, v.name AS venue_name, v.name_en AS venue_name_en,
    c.command, c.args, c.state::text AS state, c.asked_by, c.asked_at, c.confirmed_by, c.confirmed_at, c.deadline_at,
    c.attempts, c.first_sent_at, c.sent_at, c.accepted_at, c.ended_at, c.late_at, c.result, c.detail
FROM gateway_command c JOIN gateway g ON g.id = c.gateway_id JOIN venue v ON v.id = g.venue_id
WHERE c.id < coalesce(%(before_id)s::bigint, 9223372036854775807)
  AND (%(id)s::bigint IS NULL OR c.id = %(id)s)
  AND (%(gateway_id)s::text IS NULL OR c.gateway_id = %(gateway_id)s)
  AND (%(state)s::command_state IS NULL OR c.state = %(state)s)
  AND (%(command)s::text IS NULL OR c.command = %(command)s)
  AND (%(since)s::timestamptz IS NULL OR c.asked_at >= %(since)s)
  AND (%(own_too)s::boolean OR c.asked_by <> 'platform')
ORDER BY c.id DESC LIMIT %(rows)s
