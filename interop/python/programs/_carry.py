"""
Every job of this client imports cloudpickle and numpy on the worker. Neither can be had for Pyodide
from npm or the Python index, so a job carries the cloudpickle that pip installed here, as files, and
an empty module in the place of numpy, which is never used: arrays are not sent, and the serializer
for them is taken away.
"""
import os

import cloudpickle

HOME = '/home/pyodide'


def carry(job):
    """Gives a job what its worker cannot have from anywhere else."""
    job.fs.add(os.path.dirname(cloudpickle.__file__), f'{HOME}/cloudpickle')
    job.fs.add(b'', f'{HOME}/numpy.py')
    # In place: what is assigned to a job of this client goes to the job of dcp-client inside it.
    job.serializers[:] = [one for one in job.serializers if one['name'] == 'pickle']
    return job
