// What official clients and workers send, by the messages of their traces.
import { jobId, publicGroup, submitData } from './_deploying.ts'
import type { Peer } from './_rig.ts'
import { workerId } from './_working.ts'

/** Values as official programs write them. */
export const K = {
  10: 'data:application/x-kvin;base64,eyJfc2VyaWFsaXplVmVySWQiOiJ2OCIsIndoYXQiOjEwfQ==',
  text: 'data:application/x-kvin;base64,eyJfc2VyaWFsaXplVmVySWQiOiJ2OCIsIndoYXQiOiJcdTAwZTkjIn0=',
  object:
    'data:application/x-kvin;base64,eyJfc2VyaWFsaXplVmVySWQiOiJ2OCIsIndoYXQiOnsiY3RyIjowLCJwcyI6eyJhIjp7ImFyciI6WzEsMl19fX19',
  100: 'data:application/x-kvin;base64,eyJfc2VyaWFsaXplVmVySWQiOiJ2OCIsIndoYXQiOjEwMH0=',
} as const

export function call(
  peer: Peer,
  service: string,
  operation: string,
  data: unknown,
): Promise<unknown> {
  return peer.send(operation, data, { service })
}

export const submit5 = {
  workFunctionURI: "data:,(x,m)=%3E%7Bprogress();return%20x*m+'#%C3%A9';%7D",
  requirements: 64,
  estimationSlices: 0,
  marshaledArguments: {
    _serializeVerId: 'v9',
    what: {
      arr: [
        {
          raw: {
            string: '{"_serializeVerId":"v9","what":2}',
            method: 'kvin',
            MIMEType: 'application/x-kvin',
          },
        },
        { raw: { string: '"two"', method: 'json', MIMEType: 'application/json' } },
      ],
    },
  },
}

export const dataValues = {
  _serializeVerId: 'v9',
  what: { arr: [10, 'é#', { ctr: 0, ps: { a: { arr: [1, 2] } } }] },
}

/** As dcp-client 5.6.1 does it, on four connections. */
export async function deploy(client: Peer, fields: Record<string, unknown> = {}): Promise<string> {
  const job = jobId()
  await call(client, 'jobSubmit', 'submit@5', {
    ...submitData(client.address),
    ...submit5,
    ...fields,
    job,
  })
  const cgArray = [{ ...publicGroup, name: 'Public Compute Group (open access)', joinHash: '' }]
  await call(client, 'computeGroups', 'addJobToGroups', { job, cgArray })
  if (fields['dataRange'] !== undefined) return job
  await call(client, 'jobSubmit', 'addSliceData', { job, dataValues })
  await call(client, 'resultSubmitter', 'closeJob', { job })
  return job
}

function request5(worker: Peer, fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    targetLoad: { cpu: 2, gpu: 0, longSlices: 2 },
    coreStats: { worker: workerId(5), lCores: 2, pCores: 2, sandbox: 2 },
    jobQuanta: { CPU: { 0: 1 }, GPU: { 0: 1 } },
    capabilities: 80,
    gpuSpeed: -1,
    paymentAddress: worker.address,
    jobIds: [],
    workerComputeGroups: [{ joinKey: 'public', joinHashHash: 'eh1-00' }],
    minimumWage: { CPU: 0, GPU: 0, in: 0, out: 0 },
    soteriaJobs: null,
    overdueSlices: null,
    previouslyWorkedJobs: [],
    rejectedJobs: [null],
    unresolvedJobs: [],
    fetchState: 1,
    seq: 0,
    worktimes: [{ name: 'map-basic', version: '1.0.0' }],
    ...fields,
  }
}

export function request4(
  worker: Peer,
  fields: Record<string, unknown> = {},
): Record<string, unknown> {
  const { jobIds: _jobIds, gpuSpeed: _gpuSpeed, seq: _seq, ...common } = request5(worker)
  return {
    ...common,
    supervisor: '2.0.0',
    jobAddresses: [],
    capabilities: {
      engine: { es7: false, spidermonkey: false },
      environment: { webgpu: false, offscreenCanvas: false, fdlibm: true },
      browser: {},
      details: { offscreenCanvas: { bigTexture4096: false } },
      discrete: true,
      useStrict: true,
    },
    worktimes: [{ name: 'map-basic', versions: ['1.0.0'] }],
    ...fields,
  }
}

export interface Answer {
  readonly owner: string
  readonly auth: Record<string, unknown>
  readonly body: {
    readonly newJobs?: Record<string, Record<string, unknown>>
    readonly task?: Record<string, { sliceNumber: number; datumUri?: string }[]>
  }
}

export async function ask(worker: Peer, fields: Record<string, unknown> = {}): Promise<Answer> {
  const answer = await call(worker, 'taskDistributor', 'requestTask@3', request5(worker, fields))
  return answer as Answer
}

/** What the worker echoes with its results. */
export function tokenOf({ body: _body, ...token }: Answer): unknown {
  return token
}

export function resultOf(
  worker: Peer,
  answer: Answer,
  job: string,
  slice: number,
  value: unknown,
): unknown {
  const string = JSON.stringify({ _serializeVerId: 'v9', what: value })
  return {
    slice,
    job,
    worker: workerId(5),
    paymentAddress: worker.address,
    metrics: {
      CPUTime: 5,
      GPUTime: 0,
      CPUDensity: 1,
      GPUDensity: 0,
      InDataSize: 9,
      OutDataSize: 9,
    },
    authorizationMessage: tokenOf(answer),
    resultV2: {
      _serializeVerId: 'v9',
      what: { raw: { string, method: 'kvin', MIMEType: 'application/x-kvin' } },
    },
  }
}
