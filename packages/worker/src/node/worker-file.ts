/**
 * `worker.json`: the worker's name and key, kept so that a worker that starts again is the same one
 * and its former leases end at once. Readable by its owner only.
 */
import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

import { DcpError, createWorkerId, isDcpError, parseWorkerId } from '@manyhands/protocol'
import type { Random, Signer, WorkerId } from '@manyhands/protocol'
import {
  createSigner,
  encodePrivateKey,
  generatePrivateKey,
  parsePrivateKey,
} from '@manyhands/wallet'
import type { Crypto } from '@manyhands/wallet'
import { makeOwnDirectory } from '@manyhands/wallet/node'

export interface WorkerIdentity {
  readonly workerId: WorkerId
  readonly signer: Signer
}

interface Deps {
  readonly crypto: Crypto
  readonly random: Random
}

function parseWorkerFile(text: string, crypto: Crypto): WorkerIdentity {
  const { workerId, privateKey } = JSON.parse(text) as Record<string, unknown>
  return {
    workerId: parseWorkerId(String(workerId)),
    signer: createSigner(parsePrivateKey(String(privateKey)), crypto),
  }
}

/** A fresh identity; kept nowhere. */
export function createWorkerIdentity({ crypto, random }: Deps): WorkerIdentity {
  return {
    workerId: createWorkerId(random),
    signer: createSigner(generatePrivateKey(random), crypto),
  }
}

/**
 * Reads the file, or makes it.
 * @throws DcpError `EDATADIR` when it can be neither read nor written.
 */
export async function openWorkerFile(file: string, deps: Deps): Promise<WorkerIdentity> {
  try {
    return parseWorkerFile(await readFile(file, 'utf8'), deps.crypto)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== 'ENOENT') {
      // The system says why it cannot be read; what is read but is no worker's file is damaged.
      const what =
        code === undefined || isDcpError(cause)
          ? 'is damaged: remove it to start as a new worker'
          : `cannot be read (${code}): choose another directory with --data`
      throw new DcpError('EDATADIR', `${file} ${what}`, { cause, details: { file } })
    }
  }
  const privateKey = generatePrivateKey(deps.random)
  const workerId = createWorkerId(deps.random)
  const text = JSON.stringify({ workerId, privateKey: encodePrivateKey(privateKey) })
  try {
    await makeOwnDirectory(dirname(file))
    const half = `${file}.${process.pid}.new`
    const handle = await open(half, 'w', 0o600)
    await handle.writeFile(`${text}\n`)
    await handle.sync()
    await handle.close()
    await rename(half, file)
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause)
    throw new DcpError(
      'EDATADIR',
      `${file} cannot be written (${reason}): choose another directory with --data`,
      { cause, details: { file } },
    )
  }
  return { workerId, signer: createSigner(privateKey, deps.crypto) }
}
