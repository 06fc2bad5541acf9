import { unmarshal } from '@manyhands/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { differences } from './_line-differences.ts'
import { type LineConnection, type LineEvaluator, startLineEvaluator } from './_line-evaluator.ts'
import {
  type Conversation,
  readConversations,
  type Spoken,
  type Turn,
  understand,
} from './_line-vectors.ts'

type Fields = Readonly<Record<string, unknown>>

const met = new Set<string>()

function requestOf(line: string): Fields {
  const { message } = JSON.parse(line) as { message?: unknown }
  return message === undefined ? {} : (unmarshal(message) as Fields)
}

/** Acknowledgements are compared apart: their place varies between the captures themselves. */
function isAnswer({ from }: Spoken): boolean {
  return from !== 'result'
}

/** The answers we owe to each turn, by the official ones and the differences. */
function owed({ turns }: Conversation): Spoken[][] {
  const before: Spoken[] = []
  let job = ''
  return turns.map(({ answers, line }) => {
    const request = requestOf(line)
    if (request['request'] === 'assign') {
      const { public: description } = request['job'] as { public: { name: string } }
      job = description.name
    }
    return answers.filter(isAnswer).flatMap((official) => {
      let ours: Spoken | undefined = official
      for (const difference of differences) {
        if (ours === undefined) break
        const said: Spoken | undefined = difference.ours(ours, { before, job })
        if (said !== ours) met.add(difference.reason)
        ours = said
      }
      before.push(official)
      return ours === undefined ? [] : [ours]
    })
  })
}

/** Ids that the official evaluator gave, and ours in their place. */
function createIds() {
  const ours: string[] = []
  const official: string[] = []
  return {
    hear(line: string): void {
      const [, id] = /"(?:fetchRequest|dependency)".*?"id":(\d+)/.exec(line) ?? []
      if (id !== undefined) ours.push(id)
    },
    translate(line: string): string {
      return line.replace(/"id":(\d{10,}(?:\.\d+)?)/, (text, id: string) => {
        if (!official.includes(id)) official.push(id)
        const known = ours[official.indexOf(id)]
        return known === undefined ? text : `"id":${known}`
      })
    },
  }
}

function answersIn(lines: readonly string[]): Spoken[] {
  return lines.flatMap((line) => understand(line) ?? [])
}

/** Says the worker's lines, each after what was owed to those before it. */
async function replay(
  connection: LineConnection,
  turns: readonly Turn[],
  owing: readonly Spoken[][],
): Promise<Spoken[]> {
  const ids = createIds()
  let due = 0
  let heard = 0
  for (const [index, turn] of turns.entries()) {
    connection.send(ids.translate(turn.line))
    due += owing[index]?.length ?? 0
    await connection.until((lines) => answersIn(lines).filter(isAnswer).length >= due)
    for (const line of connection.lines.slice(heard)) ids.hear(line)
    heard = connection.lines.length
  }
  return answersIn(connection.lines)
}

const files = [
  'conversation-v9-node.jsonl',
  'conversation-v9-native-minimal-host.jsonl',
  'conversation-v8-node.jsonl',
  'conversation-v8-native-minimal-host.jsonl',
  'conversation-v9-edge-cases.jsonl',
  'conversation-v9-pyodide.jsonl',
]
const conversations = files.flatMap(readConversations)

function assignOf({ turns }: Conversation): Fields {
  const assign = turns
    .map(({ line }) => requestOf(line))
    .find(({ request }) => request === 'assign')
  return (assign?.['job'] ?? {}) as Fields
}

/** Connections that never end by themselves are told apart by their job. */
function nameOf(conversation: Conversation): string {
  const { public: description } = assignOf(conversation) as { public?: { name: string } }
  return `${conversation.file} ${conversation.connection} (${description?.name ?? 'no job'})`
}

describe('the line protocol', () => {
  let evaluator: LineEvaluator
  beforeAll(async () => {
    evaluator = await startLineEvaluator('--listen', '127.0.0.1:0')
  })
  afterAll(() => evaluator.close())

  const stuck = 'the sandbox of an endless loop is told to die, and says so at once'
  const seen = new Set<string>()
  const different = conversations.filter(({ turns }) => {
    const text = JSON.stringify(turns.map(({ line }) => line))
    return !seen.has(text) && seen.add(text)
  })

  it.concurrent.each(different.map((one) => [nameOf(one), one] as const))(
    'replays %s',
    async (name, conversation) => {
      const owing = owed(conversation)
      if (name.includes('stuck')) {
        owing.at(-1)?.push({ from: 'die', value: { text: 'a date' } })
        met.add(stuck)
      }
      const connection = await evaluator.open()
      const said = await replay(connection, conversation.turns, owing)
      expect(said.filter(isAnswer)).toEqual(owing.flat())
      const dies = conversation.turns.filter(({ line }) => line.includes('"die"')).length
      const acknowledged = said.filter((one) => !isAnswer(one))
      expect(acknowledged).toEqual(
        Array.from({ length: conversation.turns.length - dies }, () => ({
          from: 'result',
          value: { step: 'workerMessage', success: true, reason: undefined },
        })),
      )
      connection.socket.destroy()
    },
    // An interpreter takes seconds to start, and here are some at a time.
    120_000,
  )

  it('differs from the official evaluator only where it says why', () => {
    expect([...met].toSorted()).toEqual(
      [...differences.map(({ reason }) => reason), stuck].toSorted(),
    )
  })
})
