import { readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import { columnOf } from '../kvin/column.ts'
import { resultSlicesMax } from '../limits.ts'
import { argumentUris, decodeValueUri, preparedOfResult, valueUri } from '../values.ts'
import { addJobToGroups } from './compute-groups.ts'
import { sendSchedMsg, subscribe, subscribeMany, unsubscribe, workEmit } from './event-router.ts'
import { addSliceData, cancelJob, fetchJob, resumeJob, submit2, submit5 } from './job-submit.ts'
import { countJobs, countSlices, fetchJobReport, fetchSliceReport, listJobs } from './pheme.ts'
import { parseRequest } from './request.ts'
import {
  closeJob,
  fetchResult,
  fetchResult1,
  heartbeat,
  result,
  results1,
  status,
} from './result-submitter.ts'
import {
  isColumnTaskRequest,
  requestTask,
  requestTask3,
  requestTaskColumns,
} from './task-distributor.ts'
import type { RequestSchema } from './request.ts'

const schemas: Readonly<Record<string, RequestSchema<unknown>>> = {
  'submit@5': submit5,
  'submit@2': submit2,
  addSliceData,
  cancelJob,
  resumeJob,
  fetchJob,
  addJobToGroups,
  closeJob,
  fetchResult,
  'fetchResult@1': fetchResult1,
  'results@1': results1,
  result,
  status,
  heartbeat,
  listJobs,
  fetchJobReport,
  fetchSliceReport,
  countJobs,
  countSlices,
  subscribe,
  subscribeMany,
  unsubscribe,
  sendSchedMsg,
  workEmit,
  requestTask,
  'requestTask@3': requestTask3,
  'requestTask@3 columns': requestTaskColumns,
}

const job = 'zK8KFq7HprX1njgn1eaYJy'
const worker = 'w'.repeat(22)
const owner = '0x1563915e194D8CfBA1943570603F7606A3115508'
const load = { cpu: 2, gpu: 0, longSlices: 2 }

/** A good request of each operation; the faults below are made from them. */
const good: Readonly<Record<string, Record<string, unknown>>> = {
  'submit@5': {
    paymentAccount: owner,
    workFunctionURI: 'data:,x=%3Ex',
    job,
    mvMultSlicePayment: 0,
    absoluteSlicePayment: 0.25,
    requirePath: [],
    dependencies: [],
    requirements: 64,
    worktime: { name: 'map-basic', version: '^1.0.0', custom: false },
    marshaledArguments: { _serializeVerId: 'v9', what: { raw: [] } },
  },
  addSliceData: { job, dataValues: { _serializeVerId: 'v9', what: { arr: [1] } } },
  closeJob: { job },
  cancelJob: { job, reason: 'enough', owner },
  addJobToGroups: { job, cgArray: [{ joinKey: 'public' }] },
  fetchResult: { job, owner, range: [2] },
  'fetchResult@1': { job, slices: '1-5', from: 0, limit: 10 },
  'results@1': {
    lease: 'l',
    worker,
    slices: '1-2',
    values: columnOf([1, 'a']),
    cpuMs: [1, 2],
    gpuMs: 3,
  },
  heartbeat: { worker, incarnation: 'i', leases: ['l'] },
  listJobs: { job, statuses: ['running'], startDeployTime: '2026-01-01T00:00:00Z' },
  countJobs: { jobOwner: owner, isSelectingAll: true },
  subscribe: { label: 'results', options: { filter: { job }, from: 3 }, token: 't' },
  subscribeMany: { reliableEvents: ['stop'], options: { filter: { job } } },
  unsubscribe: { label: 'stop', token: { token: 't', options: {} } },
  sendSchedMsg: { target: owner, broadcast: false, command: 'kill', payload: { temporary: true } },
  workEmit: { eventName: 'console', payload: {}, job, slice: 1, worker, lease: 'l' },
  status: { worker, slices: [] },
  result: {
    slice: 1,
    job,
    worker,
    paymentAddress: owner,
    metrics: {},
    authorizationMessage: {},
    result: 'data:,',
  },
  'requestTask@3': { fetchState: 1, targetLoad: load },
  'requestTask@3 columns': {
    columns: 1,
    incarnation: 'i',
    known: [job],
    waitMs: 60_000,
    targetLoad: load,
    coreStats: { worker, lCores: 2, pCores: 2, sandbox: 2 },
    capabilities: 81,
    worktimes: [{ name: 'map-basic', version: '1.0.0' }],
    paymentAddress: owner,
    jobIds: [],
    workerComputeGroups: [],
    minimumWage: { CPU: 0, GPU: 0, in: 0, out: 0 },
  },
}

function parse(operation: string, data: unknown): unknown {
  const schema = schemas[operation]
  if (schema === undefined) throw new Error(`no schema for ${operation}`)
  return parseRequest(schema, data, operation)
}

/** The good request with one member changed, at a path such as `worktime.name`. */
function changed(operation: string, path: string, value: unknown): unknown {
  const copy = structuredClone(good[operation]) ?? {}
  const keys = path.split('.')
  let target = copy
  for (const key of keys.slice(0, -1)) target = target[key] as Record<string, unknown>
  const last = keys.at(-1) ?? ''
  if (value === undefined) delete target[last]
  else target[last] = value
  return copy
}

interface Captured {
  readonly operation: string
  readonly data: unknown
}

/** Every request in a capture, wherever it lies. */
function requestsIn(value: unknown): Captured[] {
  if (typeof value !== 'object' || value === null) return []
  const found = Object.values(value).flatMap(requestsIn)
  if ('operation' in value && typeof value.operation === 'string' && 'data' in value) {
    found.push({ operation: value.operation, data: value.data })
  }
  return found
}

function capture(name: string): Captured[] {
  const path = new URL(`../../../../tests/vectors/${name}.json`, import.meta.url)
  return requestsIn(JSON.parse(readFileSync(path, 'utf8')))
}

describe('requests of published programs pass', () => {
  test.each([
    ['wire/client-job-sessions', ['submit@5', 'submit@2', 'addSliceData', 'closeJob', 'cancelJob']],
    [
      'wire/client-5.6.1-compute-exec',
      ['submit@5', 'addJobToGroups', 'subscribeMany', 'unsubscribe'],
    ],
    ['evaluator/scheduler-payloads-5.6.1-basic', ['requestTask@3', 'result', 'status', 'workEmit']],
    ['evaluator/scheduler-payloads-5.6.1-edge', ['requestTask@3', 'result', 'status', 'workEmit']],
    [
      'evaluator/scheduler-payloads-5.6.1-python',
      ['requestTask@3', 'result', 'status', 'workEmit'],
    ],
    ['evaluator/scheduler-payloads-5.6.1-encodings', ['requestTask@3', 'result']],
    ['evaluator/scheduler-payloads-4.4.29-basic', ['requestTask', 'result', 'status', 'workEmit']],
    ['evaluator/scheduler-payloads-4.4.29-encodings', ['requestTask', 'result']],
  ])('%s', (name, operations) => {
    const requests = capture(name).filter((request) => Object.hasOwn(schemas, request.operation))
    expect(requests.map((request) => request.operation)).toEqual(expect.arrayContaining(operations))
    for (const { operation, data } of requests) expect(parse(operation, data)).toBeTypeOf('object')
  })

  test('and their results and arguments become URIs', () => {
    const results = capture('evaluator/scheduler-payloads-5.6.1-encodings').concat(
      capture('evaluator/scheduler-payloads-4.4.29-encodings'),
    )
    const values = results
      .filter((request) => request.operation === 'result')
      .map(({ data }) => parseRequest(result, data, 'result').resultV2)
      .map((resultV2) => decodeValueUri(valueUri(preparedOfResult(resultV2))))
    expect(values.length).toBeGreaterThan(10)
    const submits = capture('wire/client-job-sessions').filter((request) =>
      request.operation.startsWith('submit@'),
    )
    const args = submits.map(({ data }) => {
      const { marshaledArguments } = data as { marshaledArguments: unknown }
      return argumentUris(marshaledArguments).map(decodeValueUri)
    })
    expect(args).toContainEqual([2, 'two', { k: [1] }])
    expect(args).toContainEqual([])
  })
})

describe('requests', () => {
  test.each(Object.keys(good))('%s passes, with members nobody knows', (operation) => {
    const data = { ...good[operation], unheardOf: { of: [1] } }
    expect(parse(operation, data)).not.toHaveProperty('unheardOf')
  })

  test.each(Object.keys(schemas))('%s that is no object is refused', (operation) => {
    for (const data of [undefined, null, 5, 'x']) {
      expect(() => parse(operation, data)).toThrow(`${operation}: the request must be an object`)
    }
  })

  test.each<[string, string, unknown, string]>([
    ['submit@5', 'job', 'short', '"job" must be 22 characters of A-Z a-z 0-9'],
    ['submit@5', 'job', undefined, '"job" is missing'],
    ['submit@5', 'paymentAccount', '0x12', '"paymentAccount" must be an address'],
    ['submit@5', 'workFunctionURI', 5, '"workFunctionURI" must be a URL'],
    ['submit@5', 'absoluteSlicePayment', -1, '"absoluteSlicePayment" must be a number from 0'],
    ['submit@5', 'absoluteSlicePayment', null, '"absoluteSlicePayment" must be a number from 0'],
    ['submit@5', 'requirements', 1.5, '"requirements" must be an integer'],
    ['submit@5', 'requirePath', [1], '"requirePath[0]" must be text'],
    [
      'submit@5',
      'dependencies',
      Array(1001).fill('x'),
      '"dependencies" must have at most 1000 elements',
    ],
    ['submit@5', 'estimationSlices', -1, '"estimationSlices" must be an integer from 0'],
    ['submit@5', 'name', 'x'.repeat(256), '"name" must be text of at most 255 characters'],
    ['submit@5', 'description', 'a\0b', '"description" must not hold the character NUL'],
    ['submit@5', 'isOpen', 'yes', '"isOpen" must be true or false'],
    ['submit@5', 'worktime', undefined, '"worktime" is missing'],
    ['submit@5', 'worktime.name', undefined, '"worktime.name" is missing'],
    ['submit@5', 'marshaledArguments', [], '"marshaledArguments" must be KVIN-marshalled'],
    ['submit@5', 'dataRange', [1], '"dataRange" must be an object'],
    ['submit@5', 'dataPattern', 'http://a/{slice}', '"sliceCount" must come with "dataPattern"'],
    ['addSliceData', 'job', '../../x', '"job" must be a job id of 22 characters or an address'],
    [
      'addSliceData',
      'dataValues',
      { _serializeVerId: 'v9', what: 5 },
      '"dataValues" must be a KVIN-marshalled array',
    ],
    ['cancelJob', 'reason', 'x'.repeat(5000), '"reason" must be text of at most 4096 characters'],
    ['addJobToGroups', 'cgArray', {}, '"cgArray" must be an array'],
    ['addJobToGroups', 'cgArray', [5], '"cgArray[0]" must describe a compute group'],
    ['fetchResult', 'owner', 'me', '"owner" must be an address'],
    ['fetchResult@1', 'from', -1, '"from" must be an integer from 0'],
    [
      'results@1',
      'worker',
      'x',
      '"worker" must be 22 characters of A-Z a-z 0-9, or localExec_ and 12',
    ],
    ['results@1', 'lease', '', '"lease" must not be empty'],
    [
      'results@1',
      'values',
      { _serializeVerId: 'v9', what: { arr: [] } },
      '"values" must be a column',
    ],
    [
      'results@1',
      'values',
      columnOf(Array(resultSlicesMax + 1).fill(0)),
      '"values" must be a column',
    ],
    ['results@1', 'cpuMs', 'x', '"cpuMs" must be a number from 0, or one for each slice'],
    ['results@1', 'cpuMs', [1, -1], '"cpuMs" must be an array of numbers from 0'],
    ['results@1', 'gpuMs', '1', '"gpuMs" must be a number from 0, or one for each slice'],
    ['results@1', 'errors', [[1, 'x']], '"errors" must be an array of [slice, {name, message'],
    ['results@1', 'errors', [[0, { name: 'E', message: '' }]], '"errors" must be an array of'],
    ['heartbeat', 'leases', [1], '"leases" must be an array of leases'],
    ['listJobs', 'statuses', ['done'], '"statuses[0]" must be one of new, estimation'],
    ['listJobs', 'endDeployTime', 'later', '"endDeployTime" must be milliseconds since 1970'],
    ['subscribe', 'label', 5, '"label" must be text'],
    [
      'subscribe',
      'options.filter',
      { job: { a: 1 } },
      '"options.filter" must be an object of at most 20',
    ],
    ['subscribe', 'options.filter', { $or: [{ $or: [] }] }, '"options.filter" must be'],
    ['subscribe', 'options.from', 0.5, '"options.from" must be an integer'],
    [
      'subscribeMany',
      'optionalEvents',
      Array(101).fill('a'),
      '"optionalEvents" must have at most 100',
    ],
    ['unsubscribe', 'token', 5, '"token" must be text or {token}'],
    ['sendSchedMsg', 'target', 'all', '"target" must be an address, 0x and 40 hex digits'],
    ['sendSchedMsg', 'command', 'dance', '"command" must be one of kill, restart'],
    ['workEmit', 'lease', undefined, '"lease" or "authorizationMessage" is missing'],
    ['workEmit', 'slice', 0, '"slice" must be an integer from 1'],
    ['workEmit', 'payload', 'x', '"payload" must be an object'],
    [
      'status',
      'slices',
      [{ sliceNumbers: ['1'] }],
      '"slices[0].sliceNumbers" must be an array of slice numbers',
    ],
    ['result', 'result', undefined, '"resultV2" or "result" is missing'],
    ['result', 'metrics', 5, '"metrics" must be an object'],
    ['requestTask@3', 'fetchState', undefined, '"fetchState" is missing'],
    [
      'requestTask@3',
      'soteriaJobs',
      { j: ['x'] },
      '"soteriaJobs" must be null or an object of slice numbers',
    ],
    ['requestTask@3', 'targetLoad', { cpu: 1 }, '"targetLoad.gpu" is missing'],
    ['requestTask@3', 'jobIds', [5], '"jobIds" must be an array of job ids'],
    ['requestTask@3 columns', 'waitMs', 60_001, '"waitMs" must be an integer between 0 and 60000'],
    ['requestTask@3 columns', 'known', ['x'], '"known" must be an array of job ids'],
    ['requestTask@3 columns', 'columns', 2, '"columns" must be 1'],
  ])('%s with a bad %s', (operation, path, value, message) => {
    expect(() => parse(operation, changed(operation, path, value))).toThrow(
      `${operation}: ${message}`,
    )
    expect(() => parse(operation, changed(operation, path, value))).toThrow(
      expect.objectContaining({ code: 'EBADARG' }),
    )
  })

  test('with two kinds of input are refused', () => {
    const both = { ...good['submit@5'], dataRange: {}, dataPattern: 'x', sliceCount: 1 }
    expect(() => parse('submit@5', both)).toThrow('exclude each other')
  })

  test('take URLs as text or as the object of a DcpURL', () => {
    const data = changed('submit@5', 'workFunctionURI', { href: 'http://a/b.js', host: 'a' })
    expect(parseRequest(submit5, data, 'submit@5').workFunctionURI).toBe('http://a/b.js')
  })

  test('name jobs by any alias', () => {
    for (const alias of [job, `j${job}`, owner, owner.slice(2).toLowerCase()]) {
      expect(parseRequest(closeJob, { job: alias }, 'closeJob').job).toBe(alias)
    }
  })

  test('fill in what may be left out', () => {
    expect(parse('subscribe', { label: 'stop' })).toEqual({
      label: 'stop',
      options: { filter: {} },
    })
    expect(parse('unsubscribe', good['unsubscribe'])).toEqual({ label: 'stop', token: 't' })
    expect(parse('cancelJob', { job })).toEqual({ job, reason: '' })
    expect(parse('listJobs', good['listJobs'])).toMatchObject({
      startDeployTime: Date.UTC(2026, 0, 1),
    })
    expect(parse('requestTask@3', { fetchState: 16 })).toMatchObject({ fetchState: 16, jobIds: [] })
  })

  test('for columns are told from those for rows', () => {
    expect(isColumnTaskRequest(good['requestTask@3 columns'])).toBe(true)
    expect(isColumnTaskRequest(good['requestTask@3'])).toBe(false)
  })
})
