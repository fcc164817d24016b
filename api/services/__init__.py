"""What the centre does, knowing no HTTP: enrol, ingest, link, evaluate."""
