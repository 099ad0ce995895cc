"""What ingest relies on, shown of the real broker and database and of those of the simulation by the same tests."""
