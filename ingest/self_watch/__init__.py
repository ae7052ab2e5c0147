"""Ingest looks at itself: readings about the running parts, a heartbeat (docs/self-watch.md)."""
