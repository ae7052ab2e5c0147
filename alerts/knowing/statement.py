"""The one statement that says what is known of many things."""

# Of most things nothing is measured and nothing is raised: they are counted by their classes, and
# listed only where the page needs them.
_SCOPE = """
    NOT e.retired AND (%(entities)s::int8[] IS NULL OR e.code = ANY (%(entities)s))
    AND (%(area)s::int8 IS NULL
         OR st_intersects(e.geom, (SELECT geom FROM entity WHERE code = %(area)s)))
"""
_ASKED = f"""
WITH need AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(needs)s::json) AS n
        (rule text, domain text, classes text[], quantity text, channel text, datum text,
         limits text[])
), domains AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(rules)s::json) AS n (rule text, domain text)
), class_domain AS MATERIALIZED (
    SELECT DISTINCT k.class, n.domain FROM need n CROSS JOIN unnest(n.classes) AS k (class)
    WHERE n.quantity IS NOT NULL
), thing AS MATERIALIZED (
    SELECT e.code, e.class_code, e.properties FROM entity e
    JOIN (SELECT entity AS code FROM series WHERE mode = 'actual'
          UNION SELECT device FROM device_state
          UNION SELECT entity FROM rule_state
          UNION SELECT entity FROM alert WHERE state NOT IN ('cleared', 'closed')) told USING (code)
    WHERE {_SCOPE}
)"""  # noqa: S608 - the condition above
# A series is heard while its last reliable reading is not older than three intervals of its device
# (docs/devices.md); which one that is must be looked up only where the newest is refused.
_HEARD = """
, measured AS MATERIALIZED (
    SELECT s.id, s.entity, s.quantity, s.channel, l.ts, l.quality & 3 = 2 AS refused,
           make_interval(secs => greatest(
               3 * greatest(coalesce(nullif(v.interval_s, 0), 3600), s.period_s), 60)) AS patience
    FROM series s
    JOIN thing t ON t.code = s.entity
    LEFT JOIN entity d ON d.code = s.device
    LEFT JOIN series_latest l ON l.series_id = s.id
    LEFT JOIN device_state v ON v.device = s.device
    WHERE s.mode = 'actual' AND s.quantity IN (SELECT quantity FROM need)
      AND (s.device IS NULL OR NOT d.retired AND s.entity = coalesce((
          SELECT r.target FROM relation r JOIN entity x ON x.code = r.target AND NOT x.retired
          WHERE r.origin = s.device AND r.kind = 'monitors' AND r.superseded_in IS NULL
          ORDER BY r.distance_m NULLS LAST, r.id LIMIT 1), s.device))
), heard AS MATERIALIZED (
    SELECT m.*, m.ts + m.patience <= %(now)s AS silent,
           CASE WHEN m.refused THEN (
               SELECT max(o.ts) FROM observation o
               WHERE o.series_id = m.id AND o.ts > m.ts - interval '7 days' AND o.ts <= m.ts
                 AND o.quality & 3 <> 2)
           ELSE m.ts END AS sound
    FROM measured m
)"""
_JUDGED = """
, judged AS MATERIALIZED (
    SELECT t.code AS entity, n.domain, n.rule,
           CASE WHEN n.limits IS NOT NULL AND NOT t.properties ?| n.limits THEN 'no limit'
                WHEN h.ts IS NULL OR h.silent THEN 'stale'
                WHEN coalesce(h.sound + h.patience <= %(now)s, true) THEN 'unbelieved' END AS why,
           h.quantity, h.id AS series_id, h.sound + h.patience AS due
    FROM need n
    JOIN heard h ON h.quantity = n.quantity AND (n.channel IS NULL OR n.channel = h.channel)
    JOIN thing t ON t.code = h.entity AND (n.classes IS NULL OR t.class_code = ANY (n.classes))
    WHERE n.datum IS NULL OR n.datum = coalesce((
        SELECT k.datum FROM series_calibration k
        WHERE k.series_id = h.id AND k.valid @> %(now)s::timestamptz), '')
    UNION ALL
    SELECT t.code, n.domain, n.rule,
           CASE v.state WHEN 'unknown' THEN 'unheard' END, NULL, NULL, v.since
    FROM need n
    JOIN thing t ON n.quantity IS NULL AND (n.classes IS NULL OR t.class_code = ANY (n.classes))
    JOIN device_state v ON v.device = t.code
), missing AS (
    SELECT t.code AS entity, n.domain, n.rule, min(n.quantity) AS quantity
    FROM need n JOIN thing t ON n.quantity IS NOT NULL AND t.class_code = ANY (n.classes)
    LEFT JOIN (SELECT DISTINCT entity, rule FROM judged) j ON j.entity = t.code AND j.rule = n.rule
    WHERE j.rule IS NULL
    GROUP BY 1, 2, 3
), standing AS (
    SELECT t.code AS entity, d.domain, s.rule,
           max(array_position('{blue,yellow,orange,red}'::text[], s.level)) AS level
    FROM rule_state s JOIN domains d ON d.rule = s.rule JOIN thing t ON t.code = s.entity
    WHERE s.mode = 'actual' AND s.level IS NOT NULL
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT a.entity, a.domain, a.rule,
           max(array_position('{blue,yellow,orange,red}'::text[], a.level))
    FROM alert a JOIN thing t ON t.code = a.entity
    WHERE a.mode = 'actual' AND a.found_by <> 'rule' AND a.state NOT IN ('cleared', 'closed')
      AND (%(domain)s::text IS NULL OR a.domain = %(domain)s)
    GROUP BY 1, 2, 3
), by_rule AS MATERIALIZED (
    SELECT entity, domain, rule, max(level) AS level, min(why) AS why,
           (array_agg(quantity ORDER BY why, due) FILTER (WHERE why IS NOT NULL))[1] AS quantity,
           (array_agg(series_id ORDER BY why, due) FILTER (WHERE why IS NOT NULL))[1] AS series_id,
           min(due) FILTER (WHERE why <> 'no limit') AS due
    FROM (
        SELECT entity, domain, rule, level, NULL AS why, NULL AS quantity, NULL::int4 AS series_id,
               NULL::timestamptz AS due FROM standing
        UNION ALL
        SELECT entity, domain, rule, NULL, why, quantity, series_id, due FROM judged
        UNION ALL
        SELECT entity, domain, rule, NULL, 'unmeasured', quantity, NULL, NULL FROM missing
    ) every
    GROUP BY entity, domain, rule
)"""
_COUNTED = f"""
, by_domain AS MATERIALIZED (
    SELECT entity, domain,
           CASE WHEN max(level) IS NOT NULL
                    THEN ('{{blue,yellow,orange,red}}'::text[])[max(level)]
                WHEN bool_or(why NOT IN ('unmeasured', 'no limit'))
                     OR bool_and(why IS NOT NULL) THEN 'unknown'
                ELSE 'clear' END AS state,
           count(*) FILTER (WHERE level IS NOT NULL) AS standing,
           count(*) FILTER (WHERE level IS NULL AND why IS NULL) AS clear,
           count(*) FILTER (WHERE level IS NULL AND why NOT IN ('unmeasured', 'no limit'))
               AS unknown,
           count(*) FILTER (WHERE level IS NULL AND why IN ('unmeasured', 'no limit'))
               AS not_set_up
    FROM by_rule
    GROUP BY entity, domain
), counted AS (
    SELECT domain, state, count(*) AS things FROM by_domain GROUP BY 1, 2
    UNION ALL
    SELECT c.domain, 'unknown', sum(k.things)::int8 FROM class_domain c
    JOIN (SELECT e.class_code, count(*) - (
              SELECT count(*) FROM thing t WHERE t.class_code = e.class_code) AS things
          FROM entity e WHERE e.class_code = ANY (%(classes)s) AND {_SCOPE}
          GROUP BY 1) k ON k.class_code = c.class
    GROUP BY 1
), page AS MATERIALIZED (
    SELECT * FROM (
        (SELECT * FROM by_domain b
         WHERE (%(state)s::text IS NULL OR b.state = %(state)s)
           AND (%(after)s::int8 IS NULL OR (b.entity, b.domain) > (%(after)s, %(after_domain)s))
         ORDER BY b.entity, b.domain LIMIT %(rows)s)
        UNION ALL
        (SELECT e.code, c.domain, 'unknown', 0, 0, 0, NULL
         FROM entity e JOIN class_domain c ON c.class = e.class_code
         WHERE coalesce(%(state)s, 'unknown') = 'unknown' AND {_SCOPE}
           AND (%(after)s::int8 IS NULL OR e.code >= %(after)s)
           AND (%(after)s::int8 IS NULL OR (e.code, c.domain) > (%(after)s, %(after_domain)s))
           AND e.code NOT IN (SELECT code FROM thing)
         ORDER BY e.code, c.domain LIMIT %(rows)s)) every
    ORDER BY entity, domain LIMIT %(rows)s
), details AS (
    SELECT r.* FROM page g JOIN by_rule r ON r.entity = g.entity AND r.domain = g.domain
    UNION ALL
    SELECT g.entity, n.domain, n.rule, NULL, 'unmeasured', min(n.quantity), NULL, NULL
    FROM page g JOIN entity e ON e.code = g.entity AND g.not_set_up IS NULL
    JOIN need n ON n.domain = g.domain AND e.class_code = ANY (n.classes)
    GROUP BY 1, 2, 3
), rules AS (
    SELECT r.entity, r.domain,
           json_agg(json_build_object(
               'rule', r.rule, 'level', r.level, 'why', r.why, 'quantity', r.quantity,
               'series_id', r.series_id, 'due', r.due, 'alert', a.id, 'raised_at', a.raised_at,
               'reason', a.reason, 'cleared_at', c.at)
               ORDER BY r.level DESC NULLS LAST, r.why NULLS LAST, r.rule) AS rules
    FROM details r
    LEFT JOIN LATERAL (
        SELECT id, raised_at, reason FROM alert
        WHERE r.level IS NOT NULL AND entity = r.entity AND rule = r.rule AND mode = 'actual'
        ORDER BY id DESC LIMIT 1) a ON true
    LEFT JOIN LATERAL (
        SELECT max(cleared_at) AS at FROM alert
        WHERE r.level IS NULL AND r.why IS NULL
          AND entity = r.entity AND rule = r.rule AND mode = 'actual') c ON true
    GROUP BY 1, 2
)"""  # noqa: S608 - the condition above
STATUS = f"""
{_ASKED}{_HEARD}{_JUDGED}{_COUNTED}
SELECT
    coalesce((SELECT json_agg(k) FROM (
        SELECT domain, state, sum(things)::int8 AS things FROM counted GROUP BY 1, 2) k),
        '[]') AS counts,
    coalesce((SELECT json_agg(p ORDER BY p.entity, p.domain) FROM (
        SELECT g.*, e.name AS entity_name, r.rules
        FROM page g JOIN entity e ON e.code = g.entity
        JOIN rules r ON r.entity = g.entity AND r.domain = g.domain) p), '[]') AS items
"""  # noqa: S608 - the parts above
"""Parameters: needs, rules, classes, entities, area, domain, state, after, after_domain, rows, now.

One row: counts of things by domain and state, and the things of a page with their rules.
"""
