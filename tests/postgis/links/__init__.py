"""Links on a real store."""
