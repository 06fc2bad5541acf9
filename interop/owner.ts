// The owner of a computer, by our client.
import { join } from 'node:path'

import { connect, type NodeClient } from '@manyhands/client/node'

import type { RunningComputer } from '../scripts/start-computer.ts'

/** Deploys and pays as the computer's owner, who also deploys the jobs of the official programs. */
export function connectOwner({
  home,
  url,
}: Pick<RunningComputer, 'home' | 'url'>): Promise<NodeClient> {
  const keystore = (name: string): string => join(home, '.dcp', `${name}.keystore`)
  return connect({
    scheduler: new URL(url),
    identity: keystore('id'),
    paymentAccount: keystore('default'),
  })
}
