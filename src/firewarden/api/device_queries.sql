-- name: bind_device
-- By which source address and from where a gateway speaks GB/T 26875.3.
INSERT INTO gb_device (gateway_id, source_address, peer, profile)
VALUES (%(gateway_id)s, %(source_address)s, %(peer)s::cidr, %(profile)s)
ON CONFLICT (gateway_id) DO UPDATE SET source_address = excluded.source_address, peer = excluded.peer,
    profile = excluded.profile

-- name: device
-- What one gateway speaks, where it is not MQTT.
SELECT source_address, peer::text AS peer, profile FROM gb_device WHERE gateway_id = %(gateway_id)s

-- name: device_holder
-- Who else has a source address from the same network.
SELECT gateway_id FROM gb_device
WHERE source_address = %(source_address)s AND peer IS NOT DISTINCT FROM %(peer)s::cidr AND gateway_id <> %(gateway_id)s

-- name: release_device
-- The gateway speaks MQTT from now on.
DELETE FROM gb_device WHERE gateway_id = %(gateway_id)s

-- name: forget_unknown
-- What waited for adoption and is in the register now: of any address it spoke from, where it may speak from anywhere.
DELETE FROM gb_unknown
WHERE source_address = %(source_address)s AND (%(peer)s::cidr IS NULL OR peer <<= %(peer)s::cidr)

-- name: unknown_devices
-- One page of who speaks to us without being in the register, the last heard first.
SELECT source_address, host(peer) AS peer, transport, first_at, last_at, frames, last_frame FROM gb_unknown
WHERE (last_at, source_address, peer) <
    (coalesce(%(before_at)s::timestamptz, 'infinity'), coalesce(%(before_source)s::bigint, 0),
     coalesce(%(before_peer)s::inet, '0.0.0.0'))
  AND (%(source_address)s::bigint IS NULL OR source_address = %(source_address)s)
ORDER BY last_at DESC, source_address DESC, peer DESC LIMIT %(rows)s

-- name: unknown_count
-- How many of them there are.
SELECT count(*) FROM gb_unknown

-- name: dismiss_unknown
-- One that is adopted or that nobody wants; it comes back when it speaks again.
DELETE FROM gb_unknown WHERE source_address = %(source_address)s AND peer = %(peer)s::inet
