"""A range as input of a work function in Python."""
import dcp
from _carry import carry

dcp.init()


def work(n):
    import dcp

    dcp.progress()
    return n * n


job = carry(dcp.compute_for(1, 4, work))
job.on('error', lambda event: print('error', event.message))
job.exec()
print(job.wait())
