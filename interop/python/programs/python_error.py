"""What a work function in Python raises reaches the client with its lines."""
import dcp
from _carry import carry

dcp.init()


def work(n):
    import dcp

    dcp.progress()
    return 1 / n


job = carry(dcp.compute_for([0], work))
errors = []
job.on('error', lambda event: errors.append(event))
job.exec()
job.wait()
first = errors[0]
print(first.name)
print(first.message)
