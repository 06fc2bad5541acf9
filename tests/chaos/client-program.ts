/**
 * A client as a program of its own: deploys the job or takes one up again, and prints a line of
 * JSON for everything it learns. Its one argument is the order, as JSON.
 */
import { connect } from '@manyhands/client/node'
import { isDcpError } from '@manyhands/protocol'

import { type InputKind, inputRange, listElements, work } from './job.ts'

export interface ClientOrder {
  readonly scheduler: string
  readonly identity: string
  readonly paymentAccount: string
  readonly input: InputKind
  /** Id of a job to take up again; a new one is deployed when missing. */
  readonly job?: string
}

/** What it prints; `done` holds the whole result list. */
export type ClientLine =
  | { readonly deploying: string }
  | { readonly accepted: string }
  | { readonly result: readonly [slice: number, value: unknown] }
  | { readonly done: readonly unknown[] }
  | { readonly failed: { readonly code: string; readonly message: string } }

/** Standard output is a pipe, and so written at once: what was printed survives a kill. */
function say(line: ClientLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

async function main({ scheduler, identity, paymentAccount, ...order }: ClientOrder): Promise<void> {
  await using client = await connect({ scheduler, identity, paymentAccount })
  const { compute } = client
  const deploy = () =>
    order.input === 'range'
      ? compute.for(inputRange, work)
      : compute.for(listElements('values'), work)
  const job = order.job === undefined ? deploy() : compute.resume(order.job)
  job.on('accepted', () => say({ accepted: job.id }))
  job.on('result', ({ sliceNumber, result }) => say({ result: [sliceNumber, result] }))
  say({ deploying: job.id })
  const results = await job.exec()
  say({ done: Array.from(results) })
}

try {
  await main(JSON.parse(process.argv[2] ?? '') as ClientOrder)
} catch (error) {
  const code = isDcpError(error) ? error.code : 'unknown'
  say({ failed: { code, message: String(error) } })
  process.exitCode = 1
}
