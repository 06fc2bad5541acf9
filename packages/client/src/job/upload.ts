/**
 * Sends the values of a listed input set, in order, a bounded number of piles ahead of what the
 * scheduler has answered.
 */
import type { OutgoingRequest } from '@manyhands/connection'
import { DcpError, joinColumn } from '@manyhands/protocol'

import type { ClientContext } from '../context.ts'
import type { ListedInput } from '../input/input-set.ts'
import { type Pile, createPiles } from '../input/piles.ts'
import { limits } from '../limits.ts'

export interface Uploader {
  /** The first pile, if there is one: it travels with the job itself. */
  first(): Promise<{ readonly request?: OutgoingRequest; readonly last: boolean }>
  /** Checks the answer to the first pile. */
  answered(reply: unknown): void
  /** Sends all that is left. Rejects with the source's or the scheduler's error. */
  rest(): Promise<void>
  /** Appends further values, after those that are still on their way. */
  add(source: ListedInput['source']): Promise<void>
  /** Everything added so far was taken. */
  settled(): Promise<void>
  /** Reads the source no further. */
  abandon(): void
}

interface Sent {
  readonly lastSlice: number
}

function dataRequest(job: string, { texts }: Pile): OutgoingRequest {
  const data = { job, dataValues: joinColumn(texts) }
  return { operation: 'jobSubmit.addSliceData', data, idempotent: true }
}

/** The scheduler numbers the slices; were it another order than ours, results would be misplaced. */
function assertOrder(reply: unknown, { lastSlice }: Sent): void {
  const { lastSliceNumber } = (reply ?? {}) as { lastSliceNumber?: unknown }
  if (lastSliceNumber === lastSlice) return
  throw new DcpError(
    'INTERNAL',
    `the scheduler has ${String(lastSliceNumber)} slices where ${lastSlice} were sent`,
    { details: { lastSliceNumber, sent: lastSlice } },
  )
}

/** @param known slices the job has already */
export function createUploader(
  context: ClientContext,
  job: string,
  input: ListedInput,
  known = 0,
): Uploader {
  const { link, clock } = context
  let piles = createPiles(input, clock)
  /** A first pile too large to travel with the job itself. */
  let held: Pile | undefined
  let sentSlices = known
  let firstSent: Sent = { lastSlice: known }
  /** Uploads run one after the other, in the order they were asked for. */
  let queue: Promise<void> = Promise.resolve()

  function sent(pile: Pile): Sent {
    sentSlices += pile.texts.length
    return { lastSlice: sentSlices }
  }

  async function send(pile: Pile): Promise<void> {
    const expected = sent(pile)
    const { operation, data } = dataRequest(job, pile)
    assertOrder(await link.request(operation, data), expected)
  }

  async function pump(): Promise<void> {
    const inFlight = new Set<Promise<void>>()
    try {
      for (let last = false; !last;) {
        // oxlint-disable-next-line no-await-in-loop -- a pile is read when there is room for it
        const pile = held ?? (await piles.next())
        held = undefined
        last = pile.last
        if (pile.texts.length === 0) continue
        const sending = send(pile).finally(() => inFlight.delete(sending))
        inFlight.add(sending)
        // oxlint-disable-next-line no-await-in-loop -- waits for room
        if (inFlight.size >= limits.pilesInFlightMax) await Promise.race(inFlight)
      }
      await Promise.all(inFlight)
    } catch (error) {
      await Promise.allSettled(inFlight)
      piles.close()
      throw error
    }
  }

  function enqueue(work: () => Promise<void>): Promise<void> {
    const result = queue.then(work)
    queue = result
    result.catch(() => undefined)
    return result
  }

  return {
    async first() {
      const pile = await piles.next()
      if (pile.texts.length === 0) return { last: pile.last }
      if ((pile.texts[0]?.length ?? 0) > limits.pileTextMax) {
        held = pile
        return { last: false }
      }
      firstSent = sent(pile)
      return { request: dataRequest(job, pile), last: pile.last }
    },
    answered: (reply) => assertOrder(reply, firstSent),
    rest: () => enqueue(pump),
    add: (source) =>
      enqueue(async () => {
        piles = createPiles({ ...input, source }, clock)
        await pump()
      }),
    settled: () => queue,
    abandon: () => piles.close(),
  }
}
