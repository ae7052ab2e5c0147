"""Networks of pipes and roads: read, checked, followed."""
