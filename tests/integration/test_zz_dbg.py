from tests.integration.test_indicators_oracle import *
from tests.integration.test_indicators_oracle import state, counter, DAYS, differences, expect, load_policy, RandomLog
import pytest,os
@pytest.mark.parametrize('seed',[int(x) for x in os.environ['SEEDS'].split(',')])
async def test_dbg(counter,seed):
    log,stated=RandomLog(seed,cases=int(os.environ['N'])),state(seed)
    await counter.give(log.facts)
    import time
    for day in DAYS:
        await counter.sweep(day)
        t=time.time()
        with open('/tmp/dbg3.out','a') as o:
            for d in differences(await counter.look(stated), expect(log.facts, day, stated), day): o.write(f"{seed} {day} {d}\n")
