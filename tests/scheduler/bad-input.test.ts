// What a peer may send that is wrong: each with its own code, and a message that names the member.
import { columnOf } from '@manyhands/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { deploy, deployValues, submitData } from './_deploying.ts'
import { codeOf, messageOf } from './_refused.ts'
import { createRig, type Peer, type Rig } from './_rig.ts'
import { requestTask, resultsOf, taskRequest, workerId } from './_working.ts'

let rig: Rig
let client: Peer
beforeEach(async () => {
  rig = await createRig()
  client = rig.peer(1)
})
afterEach(() => rig.close())

const range = { start: 1, end: 3, step: 1 }

describe('submit', () => {
  const cases: readonly (readonly [
    name: string,
    fields: Record<string, unknown>,
    code: string,
    member: string,
  ])[] = [
    ['no job id', { job: undefined }, 'EBADARG', '"job"'],
    ['a job id of the wrong form', { job: 'short' }, 'EBADARG', '"job"'],
    ['no work function', { workFunctionURI: undefined }, 'EBADARG', '"workFunctionURI"'],
    [
      'a work function that is no URI',
      { workFunctionURI: 'x => x' },
      'EBADARG',
      '"workFunctionURI"',
    ],
    ['malformed escapes', { workFunctionURI: 'data:,%E0%A4%A' }, 'EBADARG', '"workFunctionURI"'],
    ['an unknown worktime', { worktime: { name: 'cobol', version: '*' } }, 'ENOWORKTIME', 'cobol'],
    ['a worktime version', { worktime: { name: 'map-basic', version: '?' } }, 'EBADARG', 'version'],
    ['a payment account', { paymentAccount: 'me' }, 'EBADARG', '"paymentAccount"'],
    ['a negative offer', { absoluteSlicePayment: -1 }, 'EBADARG', '"absoluteSlicePayment"'],
    ['arguments that are no array', { marshaledArguments: 5 }, 'EBADARG', '"marshaledArguments"'],
    ['a range with step 0', { dataRange: { start: 1, end: 2, step: 0 } }, 'EBADARG', 'step'],
    ['a range that runs away', { dataRange: { start: 1, end: 2, step: -1 } }, 'EBADARG', 'step'],
    ['a range of text', { dataRange: { start: 'a', end: 2 } }, 'EBADARG', 'start'],
    ['a range without an end', { dataRange: { start: 1 } }, 'EBADARG', 'end'],
    ['too many slices', { dataRange: { start: 0, end: 1e17, step: 1 } }, 'ETOOMANYTASKS', 'slices'],
    ['requirements', { requirements: -1 }, 'EBADARG', '"requirements"'],
    [
      'an empty pattern',
      { dataPattern: 'http://a/{slice}', sliceCount: 0 },
      'EBADARG',
      'sliceCount',
    ],
  ]
  it.each(cases)('refuses %s', async (_, fields, code, member) => {
    const sent = client.send('jobSubmit.submit@5', { ...submitData(client.address), ...fields })
    expect(await messageOf(sent)).toContain(member)
    expect(await codeOf(sent)).toBe(code)
    expect(rig.count('jobs')).toBe(0)
  })

  it('refuses data that is no object, and old versions', async () => {
    expect(await codeOf(client.send('jobSubmit.submit@5', 7))).toBe('EBADARG')
    expect(await codeOf(client.send('jobSubmit.submit', {}))).toBe('EINVAL')
  })

  it('refuses a payment account that did not authorize it', async () => {
    const data = submitData(client.address, { dataRange: range })
    const sent = client.send('jobSubmit.submit@5', data, { authorize: false })
    expect(await codeOf(sent)).toBe('EPERM')
    expect(rig.count('jobs')).toBe(0)
  })
})

describe('a job of somebody else', () => {
  it('can neither be read nor changed, and one that does not exist is not there', async () => {
    const job = await deployValues(client, [1])
    const stranger = rig.peer(5)
    const operations: readonly (readonly [string, Record<string, unknown>])[] = [
      ['jobSubmit.cancelJob', {}],
      ['jobSubmit.addSliceData', { dataValues: columnOf([1]) }],
      ['jobSubmit.fetchJob', {}],
      ['resultSubmitter.closeJob', {}],
      ['resultSubmitter.fetchResult', {}],
      ['resultSubmitter.fetchResult@1', {}],
      ['resultSubmitter.deleteResult', { range: 'all' }],
      ['computeGroups.addJobToGroups', { cgArray: [] }],
      ['eventRouter.subscribe', { label: 'stop', options: { filter: { job } } }],
      ['pheme.fetchJobReport', {}],
    ]
    for (const [operation, data] of operations) {
      expect(await codeOf(stranger.send(operation, { ...data, job }))).toBe('EPERM')
      const nobody = { ...data, job: 'x'.repeat(22), options: { filter: { job: 'x'.repeat(22) } } }
      expect(await codeOf(client.send(operation, nobody))).toBe('ENOENT')
    }
    expect(await stranger.send('pheme.listJobs', { job })).toEqual([])
  })
})

describe('slices', () => {
  it('cannot be added to a range, nor to a closed job', async () => {
    const described = await deploy(client, { dataRange: range })
    const dataValues = columnOf([1])
    const add = (job: string): Promise<unknown> =>
      client.send('jobSubmit.addSliceData', { job, dataValues })
    expect(await codeOf(add(described))).toBe('EBADARG')
    expect(await codeOf(add(await deployValues(client, [1])))).toBe('EJOBCLOSED')
  })

  it('must be a column', async () => {
    const job = await deploy(client)
    for (const dataValues of [undefined, 5, { what: 3 }, { what: { arr: [{ lst: 5 }] } }]) {
      const sent = client.send('jobSubmit.addSliceData', { job, dataValues })
      expect(await codeOf(sent)).toBe('EBADARG')
    }
  })
})

describe('requests of workers', () => {
  it('name the member that is wrong', async () => {
    const worker = rig.peer(2)
    const wrong: readonly (readonly [string, unknown])[] = [
      ['incarnation', undefined],
      ['coreStats', { worker: 'x' }],
      ['waitMs', -1],
      ['capabilities', 'all'],
      ['worktimes', [{ name: 3 }]],
      ['columns', 2],
      ['known', 'none'],
    ]
    for (const [member, value] of wrong) {
      const data = { ...taskRequest(worker), [member]: value }
      const message = await messageOf(worker.send('taskDistributor.requestTask@3', data))
      expect(message).toContain(member)
    }
  })

  it('bring as many values as slices, or nothing is stored', async () => {
    await deployValues(client, [1])
    const worker = rig.peer(2)
    const [task] = (await requestTask(worker)).tasks
    if (task === undefined) throw new Error('no task')
    const chunk = resultsOf(task)
    const wrong: readonly (readonly [string, unknown])[] = [
      ['values', columnOf([1, 2])],
      ['values', null],
      ['slices', '2-1'],
      ['slices', '1-'],
      ['cpuMs', -1],
      ['cpuMs', 'much'],
      ['errors', [[0, {}]]],
      ['errors', [[1, 'no object']]],
      ['returned', 'all'],
      ['lease', 7],
      ['worker', 'somebody'],
    ]
    for (const [member, value] of wrong) {
      const sent = worker.send('resultSubmitter.results@1', { ...chunk, [member]: value })
      expect(await messageOf(sent)).toContain(member)
    }
    expect(rig.count('results')).toBe(0)
  })

  it('emit nothing for a lease that is not theirs', async () => {
    const job = await deployValues(client, [1], ['console'])
    const [task] = (await requestTask(rig.peer(2))).tasks
    const emit = {
      eventName: 'console',
      payload: { level: 'log', message: columnOf(['hello']), same: 1 },
      job,
      slice: 1,
      worker: workerId(1),
      lease: task?.lease,
    }
    expect(await rig.peer(3).send('eventRouter.workEmit', emit)).toBe(false)
    expect(await rig.peer(2).send('eventRouter.workEmit', emit)).toBe(true)
    expect(client.heard('console')).toMatchObject([{ job, sliceNumber: 1, level: 'log' }])
  })
})

it('cannot be made to store a character that the database cuts texts at', async () => {
  const data = submitData(client.address, { name: 'a\0b', dataRange: range })
  expect(await messageOf(client.send('jobSubmit.submit@5', data))).toContain('NUL')
})
