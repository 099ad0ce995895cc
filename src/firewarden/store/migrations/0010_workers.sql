-- A worker that will not return is drained by another process of ingest, which then removes its row.
GRANT DELETE ON ingest_worker TO fw_ingest;
