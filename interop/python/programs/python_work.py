"""A work function in Python: a list as input, arguments, values of Python, files, variables, events."""
import dcp
from _carry import carry

dcp.init()


def work(value, factor, names):
    import os
    import dcp

    dcp.progress(0.5)
    print('computing', value[0])
    with open('/home/pyodide/greeting.txt') as file:
        greeting = file.read()
    return {
        'product': value[0] * factor,
        'kinds': [type(one).__name__ for one in value],
        'said': f"{greeting} {os.environ['WHOM']} and {names[-1]}",
    }


data = [(n, 'text', {n}, {'deep': [n, None]}, b'bytes') for n in range(1, 4)]
job = carry(dcp.compute_for(data, work, [10, ['Ada', 'Bob']]))
job.fs.add(b'hello', '/home/pyodide/greeting.txt')
job.env['WHOM'] = 'world'
job.public.name = 'Python of the interop suite'

states = []
consoles = []
numbers = []
job.on('readystatechange', states.append)
job.on('console', lambda event: consoles.append(event.message[0]))
job.on('error', lambda event: print('error', event.message))


@job.on('result')
def on_result(event):
    numbers.append(int(event.sliceNumber))


identity = job.exec()
print('accepted', identity == job.id, len(identity))
results = job.wait()
for result in results:
    print(result)
print(states)
print(sorted(consoles))
print(sorted(numbers))
