// Workers that lose, repeat, return and fail, schedulers that start again: whatever happens, every
// slice ends with one result, delivered in the order of its number, and nothing is left over.
import type { ColumnTask } from '@manyhands/protocol'
import {
  columnOf,
  columnValues,
  parseSliceSet,
  seededRandom,
  sliceSetOf,
  slicesIn,
  encodeSliceSet,
} from '@manyhands/protocol'
import { expect, it } from 'vitest'

import { deploy, deployValues } from './_deploying.ts'
import { settle } from './_manual-clock.ts'
import { createRig, type Peer, type Rig } from './_rig.ts'
import { requestTask, work, workerId } from './_working.ts'

interface Hand {
  readonly peer: Peer
  readonly id: string
  life: number
  readonly tasks: { readonly task: ColumnTask; open: number[] }[]
}

interface Play {
  readonly rig: Rig
  readonly pick: (count: number) => number
  readonly hands: readonly Hand[]
  readonly sent: { readonly peer: Peer; readonly data: unknown; readonly stamp: string }[]
}

function incarnation(hand: Hand): string {
  return `life-${hand.life}`
}

/** Takes some of the slices of a task it holds, from anywhere in it. */
function some({ pick }: Play, hand: Hand): { task: ColumnTask; slices: number[] } | undefined {
  const held = hand.tasks[pick(Math.max(1, hand.tasks.length))]
  if (held === undefined) return undefined
  const from = pick(held.open.length)
  const slices = held.open.splice(from, 1 + pick(held.open.length))
  if (held.open.length === 0) hand.tasks.splice(hand.tasks.indexOf(held), 1)
  return { task: held.task, slices }
}

async function send(play: Play, hand: Hand, members: Record<string, unknown>): Promise<void> {
  const data = { worker: hand.id, values: columnOf([]), slices: '', cpuMs: 1, ...members }
  const stamp = `random-${play.sent.length}`
  play.sent.push({ peer: hand.peer, data, stamp })
  await hand.peer.send('resultSubmitter.results@1', data, { stamp })
}

type Move = (play: Play, hand: Hand) => Promise<void>

const moves: readonly Move[] = [
  async function takeWork(play, hand) {
    const options = { id: hand.id, incarnation: incarnation(hand), sandboxes: 1 + play.pick(3) }
    for (const task of (await requestTask(hand.peer, options)).tasks) {
      // A reply may be lost on its way: the next heartbeat tells.
      if (play.pick(10) === 0) continue
      hand.tasks.push({ task, open: [...slicesIn(parseSliceSet(task.slices))] })
    }
  },
  async function finishSome(play, hand) {
    const chosen = some(play, hand)
    if (chosen === undefined) return
    const { task, slices } = chosen
    const values = columnOf(slices.map((slice) => slice * 10))
    const set = encodeSliceSet(sliceSetOf(slices))
    await send(play, hand, { lease: task.lease, slices: set, values, cpuMs: slices.length })
  },
  async function returnSome(play, hand) {
    const chosen = some(play, hand)
    if (chosen === undefined || play.pick(3) > 0) return
    const returned = encodeSliceSet(sliceSetOf(chosen.slices))
    await send(play, hand, { lease: chosen.task.lease, returned })
  },
  async function failOne(play, hand) {
    const chosen = some(play, hand)
    if (chosen === undefined || play.pick(12) > 0) return
    const [slice] = chosen.slices
    const error = { name: 'Error', message: 'by chance', code: 'EFETCH' }
    await send(play, hand, { lease: chosen.task.lease, errors: [[slice, error]] })
  },
  async function repeatOldMessage({ sent, pick }) {
    const old = sent[pick(Math.max(1, sent.length))]
    if (old === undefined) return
    const stamp = pick(2) === 0 ? old.stamp : `${old.stamp}-again-${pick(1e9)}`
    await old.peer.send('resultSubmitter.results@1', old.data, { stamp })
  },
  async function beat(_, hand) {
    const leases = hand.tasks.map(({ task }) => task.lease)
    const data = { worker: hand.id, incarnation: incarnation(hand), leases }
    const reply = (await hand.peer.send('resultSubmitter.heartbeat', data)) as { void: string[] }
    const kept = hand.tasks.filter(({ task }) => !reply.void.includes(task.lease))
    hand.tasks.splice(0, hand.tasks.length, ...kept)
  },
  async function die({ pick }, hand) {
    if (pick(4) > 0) return
    hand.life++
    hand.tasks.length = 0
  },
  async function passTime({ rig, pick }) {
    await rig.clock.advance(pick(3) === 0 ? 20_000 : 700)
  },
  async function restartScheduler({ rig, pick }) {
    if (pick(4) === 0) await rig.restart()
  },
]

/** Everything the subscriber was told: slices in the order of their numbers. */
function heardBy(peer: Peer): { slices: number[]; values: unknown[]; seqs: number[] } {
  const slices: number[] = []
  const values: unknown[] = []
  const seqs: number[] = []
  for (const event of peer.heard('results')) {
    slices.push(...slicesIn(parseSliceSet(String(event['slices']))))
    values.push(...columnValues(event['values']))
    seqs.push(Number(event['seq']))
  }
  return { slices, values, seqs }
}

async function play(seed: string): Promise<void> {
  const random = seededRandom(seed)
  const pick = (count: number): number => Math.floor(random.float() * count)
  const rig = await createRig()
  const client = rig.peer(1)
  const count = 60
  const jobs = [
    await deployValues(
      client,
      Array.from({ length: count }, (_, i) => i),
      [],
      {},
    ),
    await deploy(client, { dataRange: { start: 1, end: count, step: 1 } }),
  ]
  const hands = [2, 3, 4].map((n): Hand => {
    return { peer: rig.peer(n), id: workerId(n), life: 1, tasks: [] }
  })
  const table: Play = { rig, pick, hands, sent: [] }
  for (let turn = 0; turn < 250; turn++) {
    const hand = hands[pick(hands.length)]
    const move = moves[pick(moves.length)]
    if (hand !== undefined) await move?.(table, hand)
  }
  // Everybody is silent long enough that what they held is issued again.
  await rig.clock.advance(40_000)
  const last = rig.peer(5)
  await work(last, { id: workerId(5), sandboxes: 4 })
  await rig.clock.advance(2_000)
  await work(last, { id: workerId(5), sandboxes: 4 })
  const reader = rig.peer(1)
  for (const job of jobs) {
    const filter = { job }
    for (const label of ['results', 'stop']) {
      await reader.send('eventRouter.subscribe', { label, options: { filter, from: 0 } })
    }
    await settle()
    const { slices, values, seqs } = heardBy(reader)
    expect(slices.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i + 1))
    expect(values).toEqual(slices.map((slice) => slice * 10))
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b))
    expect(seqs.at(-1)).toBe(count)
    expect(reader.heard('stop')).toMatchObject([{ runStatus: 'finished', sliceCount: count }])
    reader.events.length = 0
  }
  expect(rig.scheduler.load()).toMatchObject({ liveJobs: 0, leases: 0 })
  expect(rig.count('results')).toBe(2 * count)
  expect(rig.count('holes')).toBe(0)
  await rig.close()
}

it.each(Array.from({ length: 12 }, (_, i) => `life ${i}`))('keeps the laws in %s', play)
