import time
from datetime import timedelta
from alerts.rule_files import shipped_rules
from alerts.rulebook import enforce
from tests.postgis.alerts.test_knowing import desk, known, Scope, when, ROAD, SUB_DISTRICT
CL=["8402","8501","8203","8202","0103","0104","8302","8101","8502"]
def test_bench(desk, database_url):
    c=desk.connection
    enforce(c, shipped_rules(), actor="t")
    for k,cl in enumerate(CL):
        n = 100000 if cl in ("0103","0104") else 20000
        c.execute(f"INSERT INTO entity (code, name, change_set_id, geom) SELECT 440311{cl}100000 + n, 'x', (SELECT min(id) FROM change_set), st_setsrid(st_makepoint(493426 + n %% 1000, 2516742 + n / 100),4547) FROM generate_series(1, %s) n", [n])
    for q,cl in (("depth","8402"),("level","8202"),("level","8203"),("depth","0103"),("rainfall","8501")):
        c.execute(f"INSERT INTO series (id,entity, quantity) OVERRIDING SYSTEM VALUE SELECT (SELECT max(id) FROM series)+ row_number() OVER (), code, %s FROM entity WHERE code > 440311{cl}100000 AND code <= 440311{cl}102600", [q])
    c.execute("INSERT INTO series_latest (series_id, ts, value, quality, received_at) SELECT id, %s, 0.1, 0, %s FROM series WHERE id > 1 ON CONFLICT DO NOTHING", [when(0), when(0)])
    c.commit(); c.execute("ANALYZE entity"); c.execute("ANALYZE series"); c.execute("ANALYZE series_latest"); c.commit()

    import asyncio, psycopg
    from alerts.knowing import status
    from alerts.knowing.statement import STATUS
    from alerts.knowing.status import Part
    from twin.model import from_us
    from tests.unit.alerts.ruling import at
    rules=[r.rule for r in shipped_rules()]
    c.execute("SET statement_timeout='60s'")
    for sc in (Scope([ROAD]), Scope(domain="flood"), Scope(area=SUB_DISTRICT, domain="flood"), Scope(), ):
        mine=[r for r in rules if sc.domain in (None,r.domain)]
        asked=status._asked(mine, sc, Part(100), from_us(at(1)))
        try:
            plan=[r[0] for r in c.execute("EXPLAIN (ANALYZE, TIMING ON) "+STATUS, asked)]
            print(sc, plan[-1]); open("/tmp/extr/plan.txt","w").write(chr(10).join(plan))
        except psycopg.Error as e:
            c.rollback(); print(sc, e)
            plan=[r[0] for r in c.execute("EXPLAIN "+STATUS, asked)]
            open("/tmp/extr/plan.txt","w").write(chr(10).join(plan)); break
