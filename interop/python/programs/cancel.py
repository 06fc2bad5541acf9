"""Cancel a job that runs."""
import dcp

dcp.init()

work = 'async () => { for (;;) { progress(); await new Promise(done => setTimeout(done, 100)) } }'
job = dcp.compute_for([1.5, 2.5], work)
job.worktime = 'map-basic'
ended = []
job.on('cancel', lambda *event: ended.append(event))
job.exec()
job.cancel('no longer wanted')
# Nothing waits for a job that is cancelled already: events come while something else is asked, a few
# seconds later, since nothing shows the computer that this program listens.
for attempt in range(500):
    status = dcp.compute.status(job.id)
    if ended:
        break
print(status.runStatus, len(ended))
