/**
 * Finds the operation a request names. A location speaks for one service and knows its operations by
 * their plain names; the location `dcp` speaks for all of them, as `service.operation`.
 */
import type { Dispatch } from '@manyhands/connection'
import { DcpError } from '@manyhands/protocol'
import type { OperationDeps, Operations } from './call.ts'
import { createComputeGroups } from './compute-groups.ts'
import { createEventRouter } from './event-router.ts'
import { createJobSubmit } from './job-submit.ts'
import { createPheme } from './pheme.ts'
import { createResultSubmitter } from './result-submitter.ts'
import { createTaskDistributor } from './task-distributor.ts'

/** Services of a Distributed Computer that are not its scheduler's. */
const elsewhere: ReadonlySet<string> = new Set(['bankTeller', 'packageManager', 'pxAuth', 'portal'])

export function createDispatch(deps: OperationDeps): Dispatch {
  const services: Readonly<Record<string, Operations>> = {
    jobSubmit: createJobSubmit(deps),
    resultSubmitter: createResultSubmitter(deps),
    taskDistributor: createTaskDistributor(deps),
    eventRouter: createEventRouter(deps),
    computeGroups: createComputeGroups(deps),
    pheme: createPheme(deps),
  }

  function find(service: string, name: string): Dispatch {
    if (elsewhere.has(service)) {
      throw new DcpError('ENOTSUPPORTED', `${service} is not offered by this scheduler`)
    }
    const operations = Object.hasOwn(services, service) ? services[service] : undefined
    const operation =
      operations !== undefined && Object.hasOwn(operations, name) ? operations[name] : undefined
    if (operation === undefined) {
      const shown = `${service}.${name}`.slice(0, 100)
      throw new DcpError('EINVAL', `there is no operation ${shown}`)
    }
    return operation
  }

  return async (request) => {
    const { service, operation } = request
    const dot = service === 'dcp' ? operation.indexOf('.') : -1
    const [owner, name] =
      dot < 0 ? [service, operation] : [operation.slice(0, dot), operation.slice(dot + 1)]
    return find(owner, name)(request)
  }
}

/**
 * True for operations that may be dispatched again under the same validity stamp: they answer with
 * their first reply, or doing them twice is doing them once.
 */
export function isRepeatable(service: string, operation: string): boolean {
  const name = service === 'dcp' ? operation.slice(operation.indexOf('.') + 1) : operation
  return repeatable.has(name)
}

const repeatable: ReadonlySet<string> = new Set([
  'submit@5',
  'submit@2',
  'addSliceData',
  'cancelJob',
  'cancelAllJobs',
  'resumeJob',
  'fetchJob',
  'closeJob',
  'results@1',
  'result',
  'heartbeat',
  'fetchResult',
  'fetchResult@1',
  'deleteResult',
  'listResult',
  'statResult',
  'subscribe',
  'subscribeMany',
  'unsubscribe',
  'addJobToGroups',
  'createGroup',
  'changeGroup',
  'deleteGroup',
  'removeJob',
  'removeAllJobs',
  'listJobs',
  'fetchJobReport',
  'fetchSliceReport',
  'countJobs',
  'countSlices',
])
