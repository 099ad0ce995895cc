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
ON CONFLICT (id) DO UPDATE SET control_room_id = excluded.control_room_id, name = excluded.name,
    heartbeat_s = excluded.heartbeat_s, silence_deadline_s = excluded.silence_deadline_s
WHERE (g.control_room_id, g.name, g.heartbeat_s, g.silence_deadline_s) IS DISTINCT FROM
    (excluded.control_room_id, excluded.name, excluded.heartbeat_s, excluded.silence_deadline_s)

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
WHERE registered AND gateway_id IN (SELECT id FROM import_gateway)
GROUP BY gateway_id HAVING count(*) > %(points_max)s ORDER BY gateway_id LIMIT 100

-- name: gateways_without_credential
-- Gateways of the file that cannot sign in yet.
SELECT id FROM gateway WHERE credential IS NULL AND id IN (SELECT id FROM import_gateway) ORDER BY id

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
