-- The register: what should exist. Written by the api (and its command line); everybody reads it.
CREATE EXTENSION IF NOT EXISTS timescaledb;

CREATE TYPE use_type AS ENUM (
    'mall', 'complex', 'hotel', 'entertainment', 'restaurant', 'hospital', 'elder_care', 'school',
    'office', 'housing', 'factory', 'warehouse', 'explosive', 'culture', 'heritage', 'government');

CREATE TYPE connection_state AS ENUM (
    'contracted', 'installed', 'trial', 'in_service', 'suspended', 'retired');

CREATE TABLE venue (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code        text NOT NULL UNIQUE CHECK (code ~ '^[A-Za-z0-9_.-]{1,64}$'),
    name        text NOT NULL CHECK (name <> ''),
    name_en     text NOT NULL DEFAULT '',
    use         use_type NOT NULL,
    district    text NOT NULL CHECK (district <> ''),
    address     text NOT NULL DEFAULT '',
    lat         double precision CHECK (lat BETWEEN -90 AND 90),     -- WGS-84
    lon         double precision CHECK (lon BETWEEN -180 AND 180),
    area_m2     double precision CHECK (area_m2 > 0),
    height_m    double precision CHECK (height_m > 0),
    built_year  smallint CHECK (built_year BETWEEN 1800 AND 2200),
    key_unit    boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CHECK ((lat IS NULL) = (lon IS NULL))
);

CREATE TABLE building (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    venue_id      bigint NOT NULL REFERENCES venue,
    name          text NOT NULL CHECK (name <> ''),
    floors_above  smallint CHECK (floors_above >= 0),
    floors_below  smallint CHECK (floors_below >= 0),
    height_m      double precision CHECK (height_m > 0),
    UNIQUE (venue_id, name)
);

CREATE TABLE control_room (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    venue_id     bigint NOT NULL REFERENCES venue,
    building_id  bigint REFERENCES building,
    name         text NOT NULL CHECK (name <> ''),
    phone        text NOT NULL DEFAULT '',
    UNIQUE (venue_id, name)
);

CREATE TABLE gateway (
    id                  text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{1,64}$'),  -- also its MQTT user name
    venue_id            bigint NOT NULL REFERENCES venue,
    control_room_id     bigint REFERENCES control_room,
    name                text NOT NULL DEFAULT '',
    connection          connection_state NOT NULL DEFAULT 'in_service',
    heartbeat_s         double precision NOT NULL DEFAULT 60 CHECK (heartbeat_s > 0),
    silence_deadline_s  double precision NOT NULL DEFAULT 180,
    credential          text,           -- what the broker's password file holds ($7$…): never the secret itself
    created_at          timestamptz NOT NULL DEFAULT now(),
    CHECK (silence_deadline_s > heartbeat_s)
);
CREATE INDEX gateway_venue ON gateway (venue_id);

CREATE TABLE facility_system (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    venue_id  bigint NOT NULL REFERENCES venue,
    kind      smallint NOT NULL CHECK (kind BETWEEN 0 AND 255),   -- GB/T 26875.3 system type
    name      text NOT NULL CHECK (name <> ''),
    UNIQUE (venue_id, kind, name)
);

-- A point is whatever a gateway names in a fact. One that is not in the register is kept, and marked.
CREATE TABLE point (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    gateway_id  text NOT NULL REFERENCES gateway,
    venue_id    bigint NOT NULL REFERENCES venue,
    address     text NOT NULL CHECK (length(address) BETWEEN 1 AND 64),
    system_id   bigint REFERENCES facility_system,
    component   smallint CHECK (component BETWEEN 0 AND 255),     -- GB/T 26875.3 component type
    name        text NOT NULL DEFAULT '',
    floor       text NOT NULL DEFAULT '',
    quantity    text,                  -- what it measures, where it measures anything
    low         double precision,      -- the normal band, in the quantity's own unit
    high        double precision,
    registered  boolean NOT NULL DEFAULT true,
    created_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (gateway_id, address),
    CHECK (low < high)
);
CREATE INDEX point_venue ON point (venue_id);
CREATE INDEX point_banded ON point (venue_id) WHERE low IS NOT NULL OR high IS NOT NULL;
