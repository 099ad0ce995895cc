-- Which message opened an incident: the id by which it is followed from its gateway to the screen.

ALTER TABLE incident ADD COLUMN trace_id text;

-- As ingest.trace_id computes it, for whoever looks for the message of an id.
CREATE FUNCTION message_trace_id(gateway text, boot text, lane text, seq bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN encode(substring(sha256(convert_to('fire/v1/' || gateway || '/' || lane || '/' || seq || '/' || boot, 'UTF8'))
    FROM 1 FOR 16), 'hex');
