import time, cProfile, pstats
from tests.postgis.alerts.desk import Desk, add_series
from tests.unit.alerts.ruling import *
from data.registry import *
from shapely.geometry import LineString
from tests.postgis.register import fill_register
def test_storm(connection):
    fill_register(connection)
    N=10000
    record(connection, ChangeSet("t","t","t",[NewEntity(4403118402100000+i,f"r{i}",LineString([(493000+i,2516000),(493100+i,2516100)])) for i in range(1,N+1)]))
    infos=[series_of(i,entity=4403118402100000+i) for i in range(1,N+1)]
    connection.cursor().executemany("INSERT INTO series (id, entity, quantity, device, mode) OVERRIDING SYSTEM VALUE VALUES (%s,%s,%s,%s,%s)",[(x.series_id,x.entity,x.quantity,x.device,x.mode) for x in infos])
    connection.commit()
    connection.execute("ANALYZE"); connection.commit()
    desk=Desk(connection, rules_of(level_text('hysteresis=0.03')))
    for k,v in enumerate([0.1,0.5,0.5,0.3,0.0,0.5]):
        b=batch_of([Row(k,v,i) for i in range(1,N+1)],infos)
        pr=cProfile.Profile() if k==5 else None
        t=time.perf_counter()
        if pr: pr.enable()
        with connection.cursor() as c: j=desk.evaluator.judge(c,b)
        if pr: pr.disable()
        t1=time.perf_counter(); connection.commit(); t2=time.perf_counter(); desk.evaluator.adopt(j); t3=time.perf_counter()
        print(f"value {v}: changes {len(j.changes)} judge {t1-t:.3f} commit {t2-t1:.3f} adopt {t3-t2:.3f}")
        if pr: pstats.Stats(pr).sort_stats("cumtime").print_stats(22)
    t=time.perf_counter(); desk.restart(); print("load",time.perf_counter()-t)
    t=time.perf_counter(); desk.tick(10); print("tick",time.perf_counter()-t)
    from alerts.delivery import deliver
    t=time.perf_counter(); n=deliver(connection,lambda *_:None,now_us=time.time_ns()//1000); print("deliver",n,time.perf_counter()-t)
