// What subscribers hear: in order, replayed, one round at a time, from where they left off.
import {
  columnOf,
  decodeValueUri,
  encodeSliceSet,
  parseSliceSet,
  sliceCount,
} from '@manyhands/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { deploy, deployValues } from './_deploying.ts'
import { settle } from './_manual-clock.ts'
import { createRig, type Peer, type Rig } from './_rig.ts'
import { requestTask, resultsOf, work, workerId } from './_working.ts'

let rig: Rig
let client: Peer
let worker: Peer
beforeEach(async () => {
  rig = await createRig()
  client = rig.peer(1)
  worker = rig.peer(2)
})
afterEach(() => rig.close())

async function subscribeMany(peer: Peer, job: string, labels: readonly string[]): Promise<unknown> {
  const options = { filter: { job } }
  const lists = { reliableEvents: ['stop'], optionalEvents: labels, options }
  const reply = await peer.send('eventRouter.subscribeMany', lists)
  await settle()
  return reply
}

async function runOne(): Promise<void> {
  for (const task of (await requestTask(worker)).tasks) {
    await worker.send('resultSubmitter.results@1', resultsOf(task))
  }
}

describe('a subscription', () => {
  it('keeps its token when it is asked for again on the same connection', async () => {
    const job = await deploy(client)
    const first = await subscribeMany(client, job, ['result'])
    expect(await subscribeMany(client, job, ['result'])).toEqual(first)
    expect(first).toMatchObject({ tokens: [{ event: 'stop' }, { event: 'result' }] })
  })

  it('hears nothing before its reply has been acknowledged', async () => {
    const job = await deployValues(client, [1], [])
    await work(worker)
    let acknowledge: () => void = () => undefined
    const answered = new Promise<void>((resolve) => {
      acknowledge = resolve
    })
    const data = { label: 'stop', options: { filter: { job } } }
    await client.send('eventRouter.subscribe', data, { answered })
    await settle()
    expect(client.events).toEqual([])
    acknowledge()
    await settle()
    expect(client.heard('stop')).toHaveLength(1)
  })

  it('gets a token for a label that never fires', async () => {
    const job = await deploy(client)
    const reply = await subscribeMany(client, job, ['schedmsg::command', 'complete'])
    expect(reply).toMatchObject({ tokens: [{}, { event: 'schedmsg::command' }, {}] })
    expect(client.events).toEqual([])
  })

  it('ends when it is cancelled, and when its session does', async () => {
    const job = await deployValues(client, [1, 2, 3], ['results'])
    await runOne()
    await settle()
    const data = { label: 'results', token: { token: `results-${job}` } }
    expect(await client.send('eventRouter.unsubscribe', data)).toEqual({ success: true })
    await runOne()
    await settle()
    expect(client.heard('results')).toHaveLength(1)
    const other = rig.peer(1)
    await subscribeMany(other, job, [])
    other.disconnect()
    await work(worker)
    await settle()
    expect(other.heard('stop')).toEqual([])
  })
})

describe('an official subscriber', () => {
  it('hears results one by one, named as it named the job, and stop at the end', async () => {
    const job = await deployValues(client, [1, 2], [])
    const status = (await client.send('pheme.listJobs', { job })) as { address: string }[]
    const address = status[0]?.address ?? ''
    await subscribeMany(client, address.toLowerCase(), ['result', 'status'])
    await work(worker)
    await settle()
    const results = client.heard('result') as { sliceNumber: number; result: { result: string } }[]
    expect(results.map(({ sliceNumber }) => sliceNumber)).toEqual([1, 2])
    expect(results.map(({ result }) => decodeValueUri(result.result))).toEqual([10, 20])
    expect(results[0]).toMatchObject({ job: address.toLowerCase(), result: { request: 'main' } })
    expect(client.events.at(-1)?.event.data).toMatchObject({ eventName: 'stop', sliceCount: 2 })
  })

  it('hears stop again, should it not have listened yet, until it unsubscribes', async () => {
    const job = await deployValues(client, [1], [])
    const { tokens } = (await subscribeMany(client, job, ['result'])) as {
      tokens: { event: string; token: string }[]
    }
    await work(worker)
    await settle()
    expect(client.heard('stop')).toHaveLength(1)
    await rig.clock.advance(50)
    await settle()
    expect(client.heard('stop')).toHaveLength(2)
    await rig.clock.advance(100)
    await settle()
    expect(client.heard('stop')).toHaveLength(3)
    expect(client.heard('result')).toHaveLength(1)
    const token = tokens.find(({ event }) => event === 'stop')?.token
    await client.send('eventRouter.unsubscribe', { label: 'stop', token: { token } })
    await rig.clock.advance(60_000)
    await settle()
    expect(client.heard('stop')).toHaveLength(3)
  })

  it('that comes late hears everything that was never pushed to it, then stop', async () => {
    const job = await deployValues(client, [1, 2, 3], [])
    await work(worker)
    await subscribeMany(client, job, ['result', 'status'])
    expect(client.events.map(({ event }) => event.data['eventName'])).toEqual([
      'result',
      'result',
      'result',
      'status',
      'stop',
    ])
    const again = rig.peer(1)
    await subscribeMany(again, job, ['result'])
    expect(again.events.map(({ event }) => event.data['eventName'])).toEqual(['stop'])
  })

  it('hears of a cancelled job at once, and of many results afterwards', async () => {
    const numbers = Array.from({ length: 5_000 }, (_, index) => index)
    const job = await deployValues(client, numbers, [])
    while (rig.count('results') < 650) await runOne()
    await client.send('jobSubmit.cancelJob', { job, reason: 'enough' })
    await subscribeMany(client, job, ['result'])
    const names = client.events.map(({ event }) => event.data['eventName'])
    expect(names.indexOf('stop')).toBe(300)
    expect(names.filter((name) => name === 'result').length).toBeGreaterThanOrEqual(650)
  })

  it('hears again what it did not acknowledge before its session ended', async () => {
    const job = await deployValues(client, [1], [])
    client.answer = () =>
      new Promise((_, reject) => client.session.ended.addEventListener('abort', reject))
    await subscribeMany(client, job, ['result'])
    await work(worker)
    await settle()
    expect(client.heard('result')).toHaveLength(1)
    client.disconnect()
    await settle()
    const again = rig.peer(1)
    await subscribeMany(again, job, ['result'])
    expect(again.events.map(({ event }) => event.data['eventName'])).toEqual(['result', 'stop'])
  })
})

describe('a subscriber in columns', () => {
  it('goes on after the position it names', async () => {
    const job = await deployValues(client, [1, 2, 3, 4], [])
    await work(worker)
    const data = { label: 'results', options: { filter: { job }, from: 2 }, token: 'mine' }
    expect(await client.send('eventRouter.subscribe', data)).toEqual({ token: 'mine' })
    await settle()
    expect(client.heard('results')).toMatchObject([{ seq: 4, slices: '3-4' }])
  })

  it('has one message in flight, and misses nothing that happens meanwhile', async () => {
    let answer: (() => void) | undefined
    client.answer = () =>
      new Promise((resolve) => {
        answer = () => resolve({ success: true, payload: 'success' })
      })
    await deployValues(client, [1, 2, 3, 4, 5, 6], ['results'])
    await runOne()
    await settle()
    expect(client.events).toHaveLength(1)
    await work(worker)
    await settle()
    expect(client.events).toHaveLength(1)
    answer?.()
    await settle()
    expect(client.events).toHaveLength(2)
    expect(client.heard('results')[1]).toMatchObject({ seq: 6, slices: '2-6' })
  })

  it('gets results that were accepted out of order in the order of their slices', async () => {
    await deployValues(client, [1, 2], [], { estimationSlices: 0, id: 'jobOutOfOrder000000000' })
    const [first] = (await requestTask(worker)).tasks
    const other = rig.peer(3)
    const [second] = (await requestTask(other, { id: workerId(2) })).tasks
    if (first === undefined || second === undefined) throw new Error('no task')
    await other.send('resultSubmitter.results@1', resultsOf(second, workerId(2)))
    await worker.send('resultSubmitter.results@1', resultsOf(first))
    const job = 'jobOutOfOrder000000000'
    const page = await client.send('resultSubmitter.fetchResult@1', { job })
    expect(page).toEqual({ seq: 2, slices: '1-2', values: columnOf([10, 20]), more: false })
  })

  it('that forgot its token is told no more', async () => {
    client.answer = () =>
      Promise.resolve({ success: false, payload: { message: 'No subscription for token' } })
    await deployValues(client, [1, 2, 3], ['results'])
    await runOne()
    await settle()
    await work(worker)
    await settle()
    expect(client.events).toHaveLength(1)
  })
})

it('an error has a name of its own, not that which dialect 4 workers take from the job', async () => {
  const job = await deployValues(client, [1], ['error'], { name: 'a job' })
  await settle()
  const [task] = (await requestTask(worker)).tasks
  for (const name of ['a job', 'TypeError']) {
    const slice = { slice: 1, worker: workerId(1), lease: task?.lease }
    const payload = { name, message: 'no progress', code: null }
    await worker.send('eventRouter.workEmit', { eventName: 'error', payload, job, ...slice })
  }
  await settle()
  expect(client.heard('error').map(({ name, code }) => [name, code])).toEqual([
    [undefined, undefined],
    ['TypeError', undefined],
  ])
})

describe('what a slice says before anybody can hear it', () => {
  async function say(text: string): Promise<void> {
    const [task] = (await requestTask(worker)).tasks
    await worker.send('eventRouter.workEmit', {
      eventName: 'custom',
      payload: { customEvent: 'said', data: text },
      job: task?.job,
      slice: 1,
      worker: workerId(1),
      lease: task?.lease,
    })
  }

  it('is told to who subscribes a moment later, once', async () => {
    const job = await deployValues(client, [1], [])
    await say('early')
    await rig.clock.advance(4_000)
    await subscribeMany(client, job, ['custom'])
    await subscribeMany(rig.peer(1), job, ['custom'])
    expect(client.heard('custom')).toMatchObject([{ data: 'early', sliceNumber: 1 }])
  })

  it('is told to who listens to the job already and asks for it next', async () => {
    const job = await deployValues(client, [1], [])
    await subscribeMany(client, job, ['result', 'console'])
    await say('early')
    await subscribeMany(client, job, ['custom'])
    expect(client.heard('custom')).toMatchObject([{ data: 'early' }])
  })

  it('is not kept where nobody has asked for it for five seconds', async () => {
    const job = await deployValues(client, [1], [])
    await subscribeMany(client, job, ['result', 'console'])
    await rig.clock.advance(5_000)
    await say('late')
    await subscribeMany(client, job, ['custom'])
    expect(client.heard('custom')).toEqual([])
  })

  it('is told when the reply with the token has been acknowledged', async () => {
    const job = await deployValues(client, [1], [])
    let acknowledge: () => void = () => undefined
    const answered = new Promise<void>((resolve) => {
      acknowledge = resolve
    })
    const data = { label: 'custom', options: { filter: { job } } }
    await client.send('eventRouter.subscribe', data, { answered })
    await say('early')
    await settle()
    expect(client.events).toEqual([])
    acknowledge()
    await settle()
    expect(client.heard('custom')).toMatchObject([{ data: 'early' }])
  })

  it('is forgotten after five seconds', async () => {
    const job = await deployValues(client, [1], [])
    await say('early')
    await rig.clock.advance(5_000)
    await subscribeMany(client, job, ['custom'])
    expect(client.events.map(({ event }) => event.data['eventName'])).not.toContain('custom')
  })
})

it('tells the status no more often than every 500 ms, and the last one always', async () => {
  await deployValues(client, Array.from({ length: 20 }), ['status', 'stop'])
  await settle()
  for (let i = 0; i < 3; i++) {
    await runOne()
    await settle()
  }
  expect(client.heard('status').length).toBe(1)
  await rig.clock.advance(500)
  expect(client.heard('status').length).toBe(2)
  await work(worker)
  await settle()
  expect(client.heard('status').at(-1)).toMatchObject({ runStatus: 'finished', computed: 20 })
  expect(client.events.at(-1)?.event.data['eventName']).toBe('stop')
})

it('tells the status with results every 200 ms, where it costs no message of its own', async () => {
  await deployValues(client, Array.from({ length: 20 }), ['results', 'status', 'stop'])
  await settle()
  const statusesAfter = async (ms: number): Promise<number> => {
    await rig.clock.advance(ms)
    await runOne()
    await settle()
    return client.heard('status').length
  }
  const before = await statusesAfter(0)
  expect(await statusesAfter(199)).toBe(before)
  expect(await statusesAfter(1)).toBe(before + 1)
})

it('never has a message of more than 4096 results', async () => {
  await deployValues(
    client,
    Array.from({ length: 9000 }, (_, i) => i),
    [],
    {
      estimationSlices: 0,
      id: 'jobWithManyResults0000',
    },
  )
  await work(worker, { sandboxes: 64 })
  const job = 'jobWithManyResults0000'
  const later = rig.peer(1)
  await later.send('eventRouter.subscribe', { label: 'results', options: { filter: { job } } })
  for (let i = 0; i < 5; i++) await settle()
  const sets = later.heard('results').map(({ slices }) => parseSliceSet(String(slices)))
  expect(Math.max(...sets.map(sliceCount))).toBeLessThanOrEqual(4096)
  expect(sets.reduce((sum, set) => sum + sliceCount(set), 0)).toBe(9000)
  expect(encodeSliceSet(sets[0] ?? [])).toBe('1-4096')
})
