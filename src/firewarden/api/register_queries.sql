-- name: make_venue_table
-- Where the venues of a file wait.
CREATE TEMPORARY TABLE import_venue (
    code text, name text, name_en text, use use_type, district text, address text, lat float8, lon float8,
    area_m2 float8, height_m float8, built_year smallint, key_unit boolean) ON COMMIT DROP

-- name: make_building_table
-- Where the buildings of a file wait.
CREATE TEMPORARY TABLE import_building (
    venue_code text, name text, floors_above smallint, floors_below smallint, height_m float8) ON COMMIT DROP

-- name: make_room_table
-- Where the control rooms of a file wait.
CREATE TEMPORARY TABLE import_room (venue_code text, name text, phone text) ON COMMIT DROP

-- name: make_system_table
-- Where the facility systems of a file wait.
CREATE TEMPORARY TABLE import_system (venue_code text, kind smallint, name text) ON COMMIT DROP

-- name: make_gateway_table
-- Where the gateways of a file wait.
CREATE TEMPORARY TABLE import_gateway (
    venue_code text, room text, id text, name text, heartbeat_s float8, silence_deadline_s float8) ON COMMIT DROP

-- name: make_point_table
-- Where the points of a file wait.
CREATE TEMPORARY TABLE import_point (
    gateway_id text, address text, system smallint, component smallint, name text, floor text, quantity text,
    low float8, high float8) ON COMMIT DROP

-- name: make_device_table
-- Where the GB/T 26875.3 devices of a file wait.
CREATE TEMPORARY TABLE import_device (
    gateway_id text, source_address bigint, peer cidr, profile text) ON COMMIT DROP

-- name: copy_devices
-- Fill the waiting table of devices.
COPY import_device FROM STDIN

-- name: copy_venues
-- Fill the waiting table of venues.
COPY import_venue FROM STDIN

-- name: copy_buildings
-- Fill the waiting table of buildings.
COPY import_building FROM STDIN

-- name: copy_rooms
-- Fill the waiting table of control rooms.
COPY import_room FROM STDIN

-- name: copy_systems
-- Fill the waiting table of systems.
COPY import_system FROM STDIN

-- name: copy_gateways
-- Fill the waiting table of gateways.
COPY import_gateway FROM STDIN

-- name: copy_points
-- Fill the waiting table of points.
COPY import_point FROM STDIN

-- name: moved_gateways
-- Gateways that the register knows at another venue.
SELECT i.id, i.venue_code AS wanted, v.code AS known FROM import_gateway i
JOIN gateway g ON g.id = i.id JOIN venue v ON v.id = g.venue_id
WHERE v.code <> i.venue_code ORDER BY i.id LIMIT 100

-- name: upsert_venues
-- Venues by code.
INSERT INTO venue AS v (code, name, name_en, use, district, address, lat, lon, area_m2, height_m, built_year, key_unit)
SELECT code, name, name_en, use, district, address, lat, lon, area_m2, height_m, built_year, key_unit FROM import_venue
ON CONFLICT (code) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, use = excluded.use,
    district = excluded.district, address = excluded.address, lat = excluded.lat, lon = excluded.lon,
    area_m2 = excluded.area_m2, height_m = excluded.height_m, built_year = excluded.built_year,
    key_unit = excluded.key_unit
WHERE (v.name, v.name_en, v.use, v.district, v.address, v.lat, v.lon, v.area_m2, v.height_m, v.built_year, v.key_unit)
    IS DISTINCT FROM (excluded.name, excluded.name_en, excluded.use, excluded.district, excluded.address, excluded.lat,
    excluded.lon, excluded.area_m2, excluded.height_m, excluded.built_year, excluded.key_unit)

-- name: upsert_buildings
-- Buildings by venue and name.
INSERT INTO building AS b (venue_id, name, floors_above, floors_below, height_m)
SELECT v.id, i.name, i.floors_above, i.floors_below, i.height_m
FROM import_building i JOIN venue v ON v.code = i.venue_code
ON CONFLICT (venue_id, name) DO UPDATE SET floors_above = excluded.floors_above,
    floors_below = excluded.floors_below, height_m = excluded.height_m
WHERE (b.floors_above, b.floors_below, b.height_m)
    IS DISTINCT FROM (excluded.floors_above, excluded.floors_below, excluded.height_m)

-- name: upsert_rooms
-- Control rooms by venue and name.
INSERT INTO control_room AS r (venue_id, name, phone)
SELECT v.id, i.name, i.phone FROM import_room i JOIN venue v ON v.code = i.venue_code
ON CONFLICT (venue_id, name) DO UPDATE SET phone = excluded.phone WHERE r.phone <> excluded.phone

-- name: upsert_systems
-- Facility systems by venue, kind and name.
INSERT INTO facility_system (venue_id, kind, name)
SELECT v.id, i.kind, i.name FROM import_system i JOIN venue v ON v.code = i.venue_code
ON CONFLICT (venue_id, kind, name) DO NOTHING

-- name: upsert_gateways
-- Gateways by id. Their credentials stay.
INSERT INTO gateway AS g (id, venue_id, control_room_id, name, heartbeat_s, silence_deadline_s)
SELECT i.id, v.id, r.id, i.name, i.heartbeat_s, i.silence_deadline_s
FROM import_gateway i JOIN venue v ON v.code = i.venue_code
LEFT JOIN control_room r ON r.venue_id = v.id AND r.name = i.room
ON CONFLICT (id) DO UPDATE SET control_room_id = coalesce(excluded.control_room_id, g.control_room_id),
    name = excluded.name, heartbeat_s = excluded.heartbeat_s, silence_deadline_s = excluded.silence_deadline_s
WHERE (g.control_room_id, g.name, g.heartbeat_s, g.silence_deadline_s) IS DISTINCT FROM
    (coalesce(excluded.control_room_id, g.control_room_id), excluded.name, excluded.heartbeat_s,
    excluded.silence_deadline_s)

-- name: taken_devices
-- Source addresses of the file that another gateway has, from the same network.
SELECT i.gateway_id AS id, i.source_address, d.gateway_id AS known FROM import_device i
JOIN gb_device d ON d.source_address = i.source_address AND d.peer IS NOT DISTINCT FROM i.peer
    AND d.gateway_id <> i.gateway_id
WHERE d.gateway_id NOT IN (SELECT gateway_id FROM import_device) ORDER BY i.gateway_id LIMIT 100

-- name: free_changed_devices
-- Devices whose address changes make room first: two of them may change places.
DELETE FROM gb_device d USING import_device i
WHERE d.gateway_id = i.gateway_id AND (d.source_address, d.peer) IS DISTINCT FROM (i.source_address, i.peer)

-- name: upsert_devices
-- Which gateways speak GB/T 26875.3, by gateway. One that the file gives none keeps what it has.
INSERT INTO gb_device AS d (gateway_id, source_address, peer, profile)
SELECT gateway_id, source_address, peer, profile FROM import_device
ON CONFLICT (gateway_id) DO UPDATE SET profile = excluded.profile WHERE d.profile <> excluded.profile

-- name: forget_unknown_devices
-- What waited for adoption and is now in the register.
DELETE FROM gb_unknown u USING import_device i
WHERE u.source_address = i.source_address AND (i.peer IS NULL OR u.peer <<= i.peer)

-- name: upsert_points
-- Points by gateway and address. One that was only known from its facts is registered by this.
INSERT INTO point AS p (gateway_id, venue_id, address, system_id, component, name, floor, quantity, low, high)
SELECT i.gateway_id, g.venue_id, i.address, s.id, i.component, i.name, i.floor, i.quantity, i.low, i.high
FROM import_point i JOIN gateway g ON g.id = i.gateway_id
LEFT JOIN (SELECT venue_id, kind, min(id) AS id FROM facility_system GROUP BY venue_id, kind) s
    ON s.venue_id = g.venue_id AND s.kind = i.system
ON CONFLICT (gateway_id, address) DO UPDATE SET system_id = excluded.system_id, component = excluded.component,
    name = excluded.name, floor = excluded.floor, quantity = excluded.quantity, low = excluded.low,
    high = excluded.high, registered = true
WHERE NOT p.registered OR (p.system_id, p.component, p.name, p.floor, p.quantity, p.low, p.high) IS DISTINCT FROM
    (excluded.system_id, excluded.component, excluded.name, excluded.floor, excluded.quantity, excluded.low,
    excluded.high)

-- name: crowded_gateways
-- Gateways that would carry more registered points than one may.
SELECT gateway_id AS id, count(*) AS points FROM point
WHERE registered AND gateway_id IN (SELECT gateway_id FROM import_point)
GROUP BY gateway_id HAVING count(*) > %(points_max)s ORDER BY gateway_id LIMIT 100

-- name: gateways_without_credential
-- Gateways of the file that cannot sign in yet. One that speaks GB/T 26875.3 never signs in.
SELECT id FROM gateway g WHERE credential IS NULL AND id IN (SELECT id FROM import_gateway)
    AND NOT EXISTS (SELECT FROM gb_device d WHERE d.gateway_id = g.id)
ORDER BY id

-- name: set_credentials
-- What the broker is to know of some gateways.
UPDATE gateway g SET credential = i.credential
FROM unnest(%(ids)s::text[], %(credentials)s::text[]) AS i (id, credential) WHERE g.id = i.id

-- name: add_gateway
-- One gateway of a venue; nothing where the id is taken or there is no such venue.
INSERT INTO gateway (id, venue_id, name) SELECT %(id)s, id, %(name)s FROM venue WHERE code = %(venue)s
ON CONFLICT (id) DO NOTHING

-- name: gateway_exists
-- Whether the register has a gateway.
SELECT id FROM gateway WHERE id = %(id)s

-- name: credentials
-- One stretch of what the broker is to know, by gateway.
SELECT id, credential FROM gateway
WHERE credential IS NOT NULL AND id > %(after_id)s ORDER BY id LIMIT %(rows)s

-- name: read_venues
-- Venues for an export, or those that a file names by code or through a gateway.
SELECT id, code, name, nullif(name_en, '') AS name_en, use, district, nullif(address, '') AS address, lat, lon, area_m2,
       height_m, built_year, key_unit
FROM venue
WHERE %(codes)s::text[] IS NULL OR code = ANY(%(codes)s)
   OR id IN (SELECT venue_id FROM gateway WHERE id = ANY(%(gateways)s::text[]))
ORDER BY code

-- name: read_buildings
-- The buildings of some venues.
SELECT venue_id, name, floors_above, floors_below, height_m FROM building
WHERE venue_id = ANY(%(venues)s::bigint[]) ORDER BY venue_id, id

-- name: read_rooms
-- The control rooms of some venues, and how many each venue has.
SELECT venue_id, name, nullif(phone, '') AS phone, count(*) OVER (PARTITION BY venue_id) AS rooms FROM control_room
WHERE venue_id = ANY(%(venues)s::bigint[]) ORDER BY venue_id, id

-- name: read_systems
-- The facility systems of some venues.
SELECT venue_id, kind, name FROM facility_system
WHERE venue_id = ANY(%(venues)s::bigint[]) ORDER BY venue_id, kind, name

-- name: read_gateways
-- The gateways of some venues, with what they speak.
SELECT g.id, g.venue_id, nullif(g.name, '') AS name, g.heartbeat_s, g.silence_deadline_s, d.source_address,
       d.peer::text AS peer, d.profile
FROM gateway g LEFT JOIN gb_device d ON d.gateway_id = g.id
WHERE g.venue_id = ANY(%(venues)s::bigint[]) ORDER BY g.id

-- name: read_devices
-- Who has some source addresses.
SELECT gateway_id, source_address, peer::text AS peer FROM gb_device
WHERE source_address = ANY(%(source_addresses)s::bigint[])

-- name: read_points
-- The registered points of some gateways.
SELECT p.gateway_id, p.address, s.kind AS system, p.component, nullif(p.name, '') AS name, nullif(p.floor, '') AS floor,
       p.quantity, p.low, p.high
FROM point p LEFT JOIN facility_system s ON s.id = p.system_id
WHERE p.registered AND p.gateway_id = ANY(%(gateways)s::text[]) ORDER BY p.gateway_id, p.address

-- name: one_import_at_a_time
-- An import compares a file with the register and then writes: meanwhile no other one may.
SELECT pg_advisory_xact_lock(hashtext('firewarden register import'))
