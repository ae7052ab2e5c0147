"""Checks of what points nowhere: names, devices, parts, forwards and projects."""

from data.registry.health.check import Check, Severity

_DANGLING_NAME = """
    WITH RECURSIVE way (old, code) AS (
        SELECT f.old_code, f.new_code FROM entity_forward f JOIN entity e ON e.code = f.old_code
        WHERE e.retired
        UNION
        SELECT w.old, f.new_code FROM way w JOIN entity_forward f ON f.old_code = w.code
    ), succeeded AS (
        SELECT DISTINCT w.old FROM way w JOIN entity e USING (code) WHERE NOT e.retired
    ), standing AS (
        SELECT n.code, n.scheme, n.value, n.valid, e.retired
        FROM entity_name n JOIN entity e USING (code) WHERE n.superseded_in IS NULL
    )
    SELECT code, format('%%s name %%s: the entity is retired and has no successor', scheme, value)
               AS sentence
    FROM standing s WHERE retired AND valid @> now()
    AND NOT EXISTS (SELECT FROM succeeded WHERE old = s.code)
    UNION ALL
    SELECT code, format('%%s name %%s: ended on %%s, and neither has it another meaning now nor'
                        ' the entity another name of the scheme', scheme, value,
                        to_char(upper(valid) AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD'))
    FROM standing s WHERE NOT retired AND upper(valid) <= now() AND NOT EXISTS (
        SELECT FROM entity_name m WHERE m.scheme = s.scheme AND m.superseded_in IS NULL
        AND m.value = s.value AND coalesce(upper(m.valid), 'infinity') > now())
    AND NOT EXISTS (
        SELECT FROM entity_name m WHERE m.code = s.code AND m.superseded_in IS NULL
        AND m.scheme = s.scheme AND coalesce(upper(m.valid), 'infinity') > now())"""

_DEVICE_WITHOUT_ENTITY = """
    SELECT e.code, coalesce((SELECT string_agg(u.reason, '; ' ORDER BY u.kind)
                             FROM link_refusal u WHERE u.origin = e.code),
                            'nobody has said what it monitors or watches') AS sentence
    FROM entity e
    WHERE e.class_code = ANY (%(devices)s) AND NOT e.retired AND e.stage = 'in use'
    AND NOT EXISTS (
        SELECT FROM relation r JOIN entity target ON target.code = r.target
        WHERE r.origin = e.code AND r.kind IN ('monitors', 'watches')
        AND r.superseded_in IS NULL AND NOT target.retired)"""

_UNKNOWN_DEVICE_TYPE = """
    SELECT e.code, format('device type %%s: no file describes it', e.properties ->> 'device_type')
               AS sentence
    FROM entity e
    WHERE e.class_code = ANY (%(devices)s) AND NOT e.retired
    AND coalesce(e.properties ->> 'device_type', '') <> ALL (%(device_types)s)"""

_PART_OF_RETIRED = """
    SELECT part.code, format('its whole, entity %%s, is retired', whole.code) AS sentence
    FROM entity whole JOIN relation r ON r.target = whole.code AND r.kind = 'part_of'
    JOIN entity part ON part.code = r.origin
    WHERE whole.retired AND r.superseded_in IS NULL AND NOT part.retired"""

_FORWARD_FROM_STANDING = """
    SELECT e.code, format('its code leads to entity %%s (%%s)', f.new_code, f.reason) AS sentence
    FROM entity_forward f JOIN entity e ON e.code = f.old_code
    WHERE NOT e.retired AND NOT EXISTS (
        SELECT FROM entity_forward own WHERE own.old_code = e.code AND own.new_code = e.code)"""

_PROJECT_WITHOUT_MODEL = """
    WITH RECURSIVE part (project, code) AS (
        SELECT e.code, e.code FROM entity e WHERE e.class_code = '8703' AND NOT e.retired
        UNION
        SELECT part.project, r.origin FROM part
        JOIN relation r ON r.target = part.code AND r.kind = 'part_of'
        JOIN entity e ON e.code = r.origin
        WHERE r.superseded_in IS NULL AND NOT e.retired
    )
    SELECT p.code, 'neither it nor a part of it has a name in scheme ifc' AS sentence
    FROM entity p WHERE p.class_code = '8703' AND NOT p.retired AND NOT EXISTS (
        SELECT FROM part JOIN entity_name n ON n.code = part.code
        WHERE part.project = p.code AND n.scheme = 'ifc' AND n.superseded_in IS NULL
        AND n.valid @> now())"""

MEANING = (
    Check(
        "dangling-name",
        Severity.WARNING,
        "names that point nowhere",
        "没有指向的标识",
        "end the name, or give it to the entity that it means now",
        _DANGLING_NAME,
    ),
    Check(
        "device-without-entity",
        Severity.WARNING,
        "devices in use that monitor or watch nothing",
        "未关联监测对象的设备",
        "relate it to what it monitors or watches, or correct its place and link again",
        _DEVICE_WITHOUT_ENTITY,
    ),
    Check(
        "unknown-device-type",
        Severity.WARNING,
        "devices of a type that no file describes, read by their vocabulary alone",
        "型号类别未定义的设备",
        "correct the property device_type, or describe the type in the folder device_types",
        _UNKNOWN_DEVICE_TYPE,
    ),
    Check(
        "part-of-retired",
        Severity.ERROR,
        "parts of a whole that is retired",
        "所属整体已注销的实体",
        "retire it too, or make it a part of what stands there now",
        _PART_OF_RETIRED,
    ),
    Check(
        "forward-from-standing",
        Severity.ERROR,
        "entities in use whose code leads to another",
        "编码已转向他处的在用实体",
        "retire it, or undo what made its code lead away: labels with it open the other one",
        _FORWARD_FROM_STANDING,
    ),
    Check(
        "project-without-model",
        Severity.WARNING,
        "building projects without a model",
        "没有模型的建设项目",
        "import the project's IFC file and make its buildings parts of the project",
        _PROJECT_WITHOUT_MODEL,
    ),
)
