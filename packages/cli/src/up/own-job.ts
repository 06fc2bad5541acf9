/** Tells how to deploy a job of one's own on the computer that has just started. */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'

export interface Deployment {
  readonly url: string
  readonly keystores: { readonly id: string; readonly default: string }
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** What stands in the environment of a program that deploys here. */
export function environmentLine({ url, keystores }: Deployment): string {
  const directory = dirname(keystores.id)
  return `export DCP_SCHEDULER_LOCATION=${quoted(url)} DCP_RESOURCE_DIR=${quoted(directory)}`
}

const compiledClient = new URL('../../../client/dist/node/index.js', import.meta.url)

/** How a file is run that imports the client: a checkout may never have been compiled. */
function nodeCommand(): string {
  const onlySources = import.meta.url.endsWith('.ts') && !existsSync(compiledClient)
  return onlySources ? 'node --conditions=@manyhands/source --import tsx' : 'node'
}

/** @param node how its file is run */
export function ownJobText(deployment: Deployment, node: string = nodeCommand()): string {
  return `The computer runs at ${deployment.url} (Ctrl-C ends it). To deploy a job of your own:

  ${environmentLine(deployment)}

and in a file of this checkout, say first.mjs, run with ${node} first.mjs:

  import { connect } from '@manyhands/client/node'
  const { compute, close } = await connect()
  const results = await compute.for(1, 10, (x) => x * x).exec()
  console.log(Array.from(results))
  await close()
`
}
