"""A generator as input."""
import dcp

dcp.init()


def numbers():
    yield 1.5
    yield 2.5


job = dcp.compute_for(numbers(), 'n => { progress(); return n * 2 }')
job.worktime = 'map-basic'
job.exec()
print(job.wait())
