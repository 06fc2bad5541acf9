"""Work functions in JavaScript, from Python: lists, ranges, arguments, events, results again."""
import dcp

dcp.init()

job = dcp.compute_for(
    [1.5, 2.5, 'text'],
    '(value, suffix) => { progress(); console.log("got", value); return `${value}${suffix}` }',
    ['!'],
)
job.worktime = 'map-basic'
job.public.name = 'from Python'
events = []
job.on('console', lambda event: events.append(event.message[0]))
job.on('result', lambda event: events.append(event.result))
job.exec()
print(job.wait())
print(sorted(events))

job = dcp.compute_for(3, 9, 3, 'n => { progress(); return n * 2 }')
job.worktime = 'map-basic'
job.exec()
print(job.wait())
print([entry['value'] for entry in dcp.job.fetchResults(job.id)])
