/** The life of one job handle: it is begun once, followed to its end, and begun again if that failed. */
import { DcpError } from '@manyhands/protocol'

import { resultEventOf } from '../events/job-events.ts'
import { runHere } from '../local/local-run.ts'
import { packModules, publishBundle } from '../modules/module-bundle.ts'
import { type ResultHandle, createResultHandle } from '../results/result-handle.ts'
import { type ResultStore, createResultStore } from '../results/store.ts'
import { createStoredResults } from '../results/stored-results.ts'
import { type FetchedJob, attach, fetchJob, fetchedInput } from './attach.ts'
import { createHandleEvents, emitError } from './handle-events.ts'
import type { JobCore } from './job-core.ts'
import { parsePaymentOffer } from './payment-offer.ts'
import type { Run } from './run.ts'
import { deploy } from './scheduler-run.ts'

export interface Lifecycle {
  /** Deploys the job, or takes up one that is deployed. */
  exec(): Promise<ResultHandle>
  localExec(cores: number | false): Promise<ResultHandle>
  /** `exec` was called, or the job existed before. */
  started(): boolean
  /** The run in progress. Rejects with ENOENT when there is none. */
  run(): Promise<Run>
  /** The results, once there can be any. */
  results(): ResultHandle | undefined
}

interface Results {
  readonly store: ResultStore
  readonly handle: ResultHandle
}

function createResults(core: JobCore): Results {
  const { context, id, events, input } = core
  const store = createResultStore(input.kind === 'range' ? input.dimensions : undefined)
  const stored = createStoredResults({
    context,
    job: id,
    store,
    assertDeployed() {
      if (!core.deployed) throw new DcpError('ENOENT', 'the job is not deployed: call exec first')
    },
    emitResult: (slice, value) => events.emit('result', resultEventOf(slice, value, id)),
    updated: () => events.emit('resultsupdated'),
  })
  return { store, handle: createResultHandle(store, input, stored) }
}

/** What the scheduler knows of a job and a new handle does not. */
function describe(core: JobCore, fetched: FetchedJob): void {
  core.state.address = fetched.address ?? core.state.address
  if (core.input.kind !== 'unknown') return
  core.input = fetchedInput(fetched)
  const { name, description, link } = fetched
  Object.assign(core.properties.public, {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(link === undefined ? {} : { link }),
  })
}

export function createLifecycle(core: JobCore): Lifecycle {
  const { id, properties, state, events } = core
  let running: Promise<Run> | undefined
  let ending: Promise<ResultHandle> | undefined
  let made: Results | undefined

  /** Made when the input set is known, and so how the results nest. */
  function results(): Results {
    made ??= createResults(core)
    return made
  }

  const listener = createHandleEvents({
    job: id,
    state,
    events,
    work: core.work,
    input: () => core.input,
    store: () => results().store,
    collate: () => properties.collateResults,
  })
  core.want = (label) => {
    running?.then(
      (run) => run.want(label),
      () => undefined,
    )
  }

  async function deployRun(): Promise<Run> {
    listener.readyState('exec')
    const { context } = core
    const offer = parsePaymentOffer(properties.slicePaymentOffer)
    const definition = core.define()
    listener.readyState('init')
    const { bundle, dependencies } = packModules(context, definition)
    const payer = await context.account(core.account)
    listener.readyState('preauth')
    if (bundle !== undefined) await publishBundle(context, bundle)
    const deployment = { definition: { ...definition, dependencies }, offer, payer }
    const run = await deploy(context, deployment, listener)
    core.deployed = true
    return run
  }

  async function attachRun(): Promise<Run> {
    const { context } = core
    const fetched = await fetchJob(context, id)
    describe(core, fetched)
    return attach(context, fetched, listener)
  }

  async function localRun(cores: number | false): Promise<Run> {
    listener.readyState('exec')
    return runHere(core.context, { definition: core.define(), cores }, listener)
  }

  async function toTheEnd(begin: () => Promise<Run>): Promise<ResultHandle> {
    running = begin()
    try {
      const run = await running
      await run.deployed
      if (state.readyState === 'deployed') events.emit('accepted', properties)
      await run.ended
      const { handle } = results()
      events.emit('complete', handle)
      return handle
    } catch (error) {
      ending = undefined
      running = undefined
      emitError(events, error)
      throw error
    }
  }

  function follow(begin: () => Promise<Run>): Promise<ResultHandle> {
    ending ??= toTheEnd(begin)
    return ending
  }

  return {
    exec: () => follow(core.deployed ? attachRun : deployRun),
    localExec: (cores) => follow(() => localRun(cores)),
    started: () => ending !== undefined || core.deployed,
    async run() {
      if (running !== undefined) return running
      throw new DcpError('ENOENT', 'the job is not running: call exec first')
    },
    results: () => (core.deployed || made !== undefined ? results().handle : undefined),
  }
}
