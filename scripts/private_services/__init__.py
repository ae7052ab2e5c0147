"""A private PostgreSQL and a private MQTT broker for one checkout.

It runs before any virtual environment exists, so it knows the standard library only.
"""
