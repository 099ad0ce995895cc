-- Devices that speak GB/T 26875.3 are listened to beside the broker's connections.

ALTER TABLE ingest_worker
    DROP CONSTRAINT ingest_worker_connection_check,
    ADD CONSTRAINT ingest_worker_connection_check CHECK (connection IN ('alarm', 'bulk', 'gb26875'));
