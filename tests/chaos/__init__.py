"""Faults at random moments, for minutes; scripts/chaos runs them."""
