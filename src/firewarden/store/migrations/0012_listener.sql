-- Devices that speak GB/T 26875.3 are listened to beside the broker's connections.

ALTER TABLE ingest_worker
    DROP CONSTRAINT ingest_worker_connection_check,
    ADD CONSTRAINT ingest_worker_connection_check CHECK (connection IN ('alarm', 'bulk', 'gb26875'));
-- Devices say in words where a point is: one that the register does not name is called so.
GRANT UPDATE (name) ON point TO fw_ingest;
