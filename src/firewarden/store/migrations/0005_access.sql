-- Who may know it, and what did they do. Written by the api.
CREATE TYPE user_role AS ENUM ('duty_officer', 'supervisor', 'integrator', 'administrator', 'viewer');

CREATE TABLE app_user (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name           text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9_.@-]{1,64}$'),
    role           user_role NOT NULL,
    password_hash  text NOT NULL,          -- Argon2id
    must_change    boolean NOT NULL DEFAULT false,   -- the password was given out by the system, once
    language       text NOT NULL DEFAULT 'zh' CHECK (language IN ('zh', 'en')),
    disabled       boolean NOT NULL DEFAULT false,
    created_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE user_session (
    token_hash  bytea PRIMARY KEY,         -- SHA-256 of the cookie
    user_id     bigint NOT NULL REFERENCES app_user ON DELETE CASCADE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL
);
CREATE INDEX user_session_expires ON user_session (expires_at);

CREATE TABLE api_key (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE CHECK (name <> ''),
    key_hash    bytea NOT NULL UNIQUE,     -- SHA-256 of the key
    scopes      text[] NOT NULL CHECK (cardinality(scopes) > 0),
    created_by  text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz,
    revoked_at  timestamptz
);

CREATE TABLE audit (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor    text NOT NULL,
    action   text NOT NULL,
    target   text NOT NULL,
    outcome  text NOT NULL,                -- done, refused: why
    detail   jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_at ON audit (at DESC);
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
