"""Incidents: alerts of one cause, place and time, and the people who answer for them."""
