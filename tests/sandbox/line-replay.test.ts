import { unmarshal } from '@manyhands/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { additions, differences } from './_line-differences.ts'
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

/** What the worker asks for in the line. */
function nameOfRequest(line: string): string {
  return line === '{"type":"die"}' ? 'die' : String(requestOf(line)['request'])
}

/** The answers we owe to each turn, by the official ones, the differences and the additions. */
function owed({ turns }: Conversation): Spoken[][] {
  const before: Spoken[] = []
  let job = ''
  return turns.map(({ answers, line }) => {
    const request = requestOf(line)
    if (request['request'] === 'assign') {
      const { public: description } = request['job'] as { public: { name: string } }
      job = description.name
    }
    const official = answers.filter(isAnswer)
    const ours = official.flatMap((one) => {
      let said: Spoken | undefined = one
      for (const difference of differences) {
        if (said === undefined) break
        const changed: Spoken | undefined = difference.ours(said, { before, job })
        if (changed !== said) met.add(difference.reason)
        said = changed
      }
      before.push(one)
      return said === undefined ? [] : [said]
    })
    const added = additions.flatMap(({ reason, says }) => {
      const said = says(nameOfRequest(line), official, job)
      if (said !== undefined) met.add(reason)
      return said ?? []
    })
    return [...ours, ...added]
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
  'conversation-v9-syntax-error-node.jsonl',
  'conversation-v9-syntax-error-injected.jsonl',
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

  const seen = new Set<string>()
  const different = conversations.filter(({ turns }) => {
    const text = JSON.stringify(turns.map(({ line }) => line))
    return !seen.has(text) && seen.add(text)
  })

  it.concurrent.each(different.map((one) => [nameOf(one), one] as const))(
    'replays %s',
    async (_name, conversation) => {
      const owing = owed(conversation)
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
      [...differences, ...additions].map(({ reason }) => reason).toSorted(),
    )
  })
})
