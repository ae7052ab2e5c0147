"""The one statement that says what is known of many things."""

# A series is heard while its last reliable reading is not older than three intervals of its device
# (docs/devices.md); which one that is must be looked up only where the newest is refused.
STATUS = """
WITH need AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(needs)s::json) AS n
        (rule text, domain text, classes text[], quantity text, channel text, datum text,
         limits text[])
), domains AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(rules)s::json) AS n (rule text, domain text)
), thing AS MATERIALIZED (
    SELECT e.code, e.class_code, e.properties FROM entity e
    WHERE NOT e.retired AND (%(entities)s::int8[] IS NULL OR e.code = ANY (%(entities)s))
      AND (%(area)s::int8 IS NULL OR EXISTS (
          SELECT FROM entity a WHERE a.code = %(area)s AND st_intersects(a.geom, e.geom)))
      AND (e.class_code = ANY (%(classes)s) OR e.code IN (
          SELECT entity FROM series UNION ALL SELECT device FROM device_state
          UNION ALL SELECT entity FROM rule_state
          UNION ALL SELECT entity FROM alert WHERE state NOT IN ('cleared', 'closed')))
), measured AS MATERIALIZED (
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
), judged AS (
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
    SELECT DISTINCT t.code AS entity, n.domain, n.rule, n.quantity
    FROM need n JOIN thing t ON t.class_code = ANY (n.classes)
    WHERE n.quantity IS NOT NULL
      AND NOT EXISTS (SELECT FROM judged j WHERE j.entity = t.code AND j.rule = n.rule)
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
), by_domain AS MATERIALIZED (
    SELECT entity, domain,
           CASE WHEN max(level) IS NOT NULL
                    THEN ('{blue,yellow,orange,red}'::text[])[max(level)]
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
), page AS MATERIALIZED (
    SELECT * FROM by_domain b
    WHERE (%(state)s::text IS NULL OR b.state = %(state)s)
      AND (%(after)s::int8 IS NULL OR (b.entity, b.domain) > (%(after)s, %(after_domain)s))
    ORDER BY b.entity, b.domain LIMIT %(rows)s
)
SELECT
    coalesce((SELECT json_agg(c) FROM (
        SELECT domain, state, count(*) AS things FROM by_domain GROUP BY 1, 2) c), '[]') AS counts,
    coalesce((SELECT json_agg(p ORDER BY p.entity, p.domain) FROM (
        SELECT g.*, e.name AS entity_name, (
            SELECT json_agg(q ORDER BY q.level DESC NULLS LAST, q.why NULLS LAST, q.rule) FROM (
                SELECT r.*, a.raised_at, a.reason, a.id AS alert, c.cleared_at
                FROM by_rule r
                LEFT JOIN LATERAL (
                    SELECT id, raised_at, reason FROM alert
                    WHERE r.level IS NOT NULL AND entity = r.entity AND rule = r.rule
                      AND mode = 'actual'
                    ORDER BY id DESC LIMIT 1) a ON true
                LEFT JOIN LATERAL (
                    SELECT max(cleared_at) AS cleared_at FROM alert
                    WHERE r.level IS NULL AND entity = r.entity AND rule = r.rule
                      AND mode = 'actual') c ON true
                WHERE r.entity = g.entity AND r.domain = g.domain) q) AS rules
        FROM page g JOIN entity e ON e.code = g.entity) p), '[]') AS items
"""
