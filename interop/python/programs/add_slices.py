"""A job that stays open: slices are added to it, then it is closed."""
import dcp

dcp.init()

job = dcp.compute_for([1.5], 'n => { progress(); return n * 2 }')
job.worktime = 'map-basic'
job.autoClose = False
job.exec()
dcp.job.addSlices([2.5, 3.5], job.id)
job.close()
# A job that is complete already is not waited for: its events come while something else is asked.
for attempt in range(50):
    results = dcp.job.fetchResults(job.id)
    if len(results) == 3:
        break
print([one['value'] for one in results])
