"""In which buildings people are counted, so that nobody is counted twice or where nothing stands.

A complex is a building whose parts are buildings, too. People are those of the parts if any of them
says how many; else those of the complex.
"""

_KNOWN = "{0}.properties ?| ARRAY['residents', 'households']"
_PART = """
    SELECT FROM relation r JOIN entity p ON p.code = r.origin
    WHERE r.target = {0}.code AND r.kind = 'part_of' AND r.superseded_in IS NULL
      AND p.class_code = '8101' AND NOT p.retired"""

LIVED_IN = f"""(
    e.stage IN ('accepted', 'in use')
    AND coalesce(e.valid_from, '-infinity') <= now() AND coalesce(e.valid_to, 'infinity') > now()
    AND NOT EXISTS ({_PART.format("e")}
        AND (NOT {_KNOWN.format("e")} OR {_KNOWN.format("p")}))
    AND NOT EXISTS (
        SELECT FROM relation q JOIN entity w ON w.code = q.target
        WHERE q.origin = e.code AND q.kind = 'part_of' AND q.superseded_in IS NULL
          AND w.class_code = '8101' AND NOT w.retired AND {_KNOWN.format("w")}
          AND NOT EXISTS ({_PART.format("w")} AND {_KNOWN.format("p")})))"""
"""Condition on the row ``e`` of entity, of class 8101: it stands now, and its people count."""


def share_in(area: str) -> str:
    """Return the expression of how much of entity ``e`` lies in an area, 0 to 1.

    Args:
        area: expression of a valid geometry; ``e`` touches it.
    """
    return f"""
        CASE WHEN ST_Dimension(e.geom) < 2 OR ST_Covers({area}, e.geom) THEN 1.0
             ELSE (SELECT coalesce(
                       ST_Area(ST_Intersection({area}, m.geom)) / nullif(ST_Area(m.geom), 0), 1.0)
                   FROM (SELECT ST_UnaryUnion(ST_MakeValid(e.geom)) AS geom OFFSET 0) m)
        END"""  # noqa: S608 - an expression of ours
