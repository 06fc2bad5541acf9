/**
 * The two keystores of a development computer: one identity and one account, both with an empty
 * passphrase and readable by their owner only, so that a program can deploy at once.
 */
import { join } from 'node:path'

import type { Address, Clock, Logger, Random } from '@manyhands/protocol'
import type { Crypto } from '@manyhands/wallet'
import { readOrCreateKeystoreFile } from '@manyhands/wallet/node'

export interface KeystorePaths {
  readonly id: string
  readonly default: string
}

export interface KeystoreDeps {
  readonly crypto: Crypto
  readonly random: Random
  readonly clock: Clock
  readonly logger: Logger
}

export interface Keystores {
  readonly paths: KeystorePaths
  /** Whose identity keystore it is: who runs this computer. */
  readonly owner: Address
}

/** Makes those that are missing in `directory`; reads the others, so that a broken one is told. */
export async function openKeystores(directory: string, deps: KeystoreDeps): Promise<Keystores> {
  const paths = {
    id: join(directory, 'id.keystore'),
    default: join(directory, 'default.keystore'),
  }
  const { address: owner } = await readOrCreateKeystoreFile(paths.id, {
    ...deps,
    label: 'identity',
    process: 'manyhands',
  })
  await readOrCreateKeystoreFile(paths.default, { ...deps, label: 'default', process: 'manyhands' })
  return { paths, owner }
}
