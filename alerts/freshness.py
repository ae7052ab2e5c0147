"""How long a series may be silent before what it said is old: three intervals of its device."""

PATIENCE = """make_interval(secs => greatest(
    3 * greatest(coalesce(nullif(v.interval_s, 0), 3600), s.period_s), 60))"""
"""Of a series ``s`` whose device has the row ``v`` of ``device_state``, as docs/devices.md says."""
