"""Checks of what waits for a person: nobody answers for it, sources disagree, codes run out."""

from data.registry.health.check import Check, Severity

_NO_STEWARD = """
    SELECT code, 'no steward' AS sentence FROM entity WHERE NOT retired AND steward = ''"""

_NO_OWNER = """
    SELECT code, 'no owner' AS sentence FROM entity WHERE NOT retired AND owner = ''"""

_OPEN_CONFLICT = """
    SELECT c.code, format('%%s: %%s says %%s, and %%s is the authority', c.property, c.source,
                          left(c.value::text, 80), coalesce(a.source, 'nobody')) AS sentence
    FROM property_conflict c JOIN entity e USING (code)
    LEFT JOIN authority a ON a.class_code = e.class_code AND a.property = c.property
    WHERE c.resolved_in IS NULL"""

# The last of a class in a county is 999,999; issuing warns from the same number on.
_SERIALS_RUNNING_OUT = """
    SELECT NULL::int8 AS code,
           format('class %%s in county %%s: %%s of 999999 serials are given out', class_code,
                  county, last) AS sentence
    FROM code_serial WHERE last >= 900000"""

TENDING = (
    Check(
        "no-steward",
        Severity.WARNING,
        "entities without a steward",
        "没有数据责任人的实体",
        "say who answers for its data",
        _NO_STEWARD,
    ),
    Check(
        "no-owner",
        Severity.NOTICE,
        "entities without an owner",
        "没有权属单位的实体",
        "say which department owns it",
        _NO_OWNER,
    ),
    Check(
        "open-conflict",
        Severity.WARNING,
        "values that another than the authority gives",
        "待裁决的数据冲突",
        "take the value or dismiss it",
        _OPEN_CONFLICT,
    ),
    Check(
        "serials-running-out",
        Severity.WARNING,
        "classes of a county of whose serials nine in ten are given out",
        "序号即将用尽的类别",
        "extend the class table with a further class",
        _SERIALS_RUNNING_OUT,
    ),
)
