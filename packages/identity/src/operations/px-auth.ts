/** Service pxAuth: proxy keys and registration of workers, over signed posts (operations §12.3). */
import {
  DcpError,
  isDcpError,
  parseRequest,
  registerWorker as registerSchema,
  workerDetails,
} from '@manyhands/protocol'
import type { Transaction } from '@manyhands/service'
import { openSealedText, signedPostRoutes } from '@manyhands/service'
import type { Route, SignedPost, SignedPostDeps, Writer } from '@manyhands/service'
import { createKeystore, generatePrivateKey } from '@manyhands/wallet'

import { postBytes } from '../limits.ts'
import { mint, replace } from '../proxy-keys/mint.ts'
import { deleteMinted, takeMessage } from '../proxy-keys/proxy-rights-store.ts'
import { registerWorker } from '../workers/register-worker.ts'
import { assertOwnMessage, readProxyRequest, sealedTextOf } from './new-px.ts'
import type { ProxyRequest } from './new-px.ts'

export interface PxAuthDeps extends SignedPostDeps {
  readonly writer: Writer
}

type Answer = Readonly<Record<string, unknown>>

function takeOnce(tx: Transaction, messageId: string, { expires }: SignedPost): void {
  if (takeMessage(tx, messageId, expires)) return
  throw new DcpError('EDUP', 'this message was received before: make a new "messageId"')
}

export function pxAuthRoutes(path: string, deps: PxAuthDeps): Route[] {
  const { writer, crypto, clock } = deps

  async function newProxy(post: SignedPost): Promise<Answer> {
    const request = readProxyRequest(post, crypto, clock.now())
    if (request.wishes.length === 0) return replaceAll(post, request)
    const privateKey = generatePrivateKey(deps.random)
    const { label, passphrase, wishes } = request
    const options = { passphrase, label, process: 'manyhands' }
    const keystore = await createKeystore(privateKey, options, deps)
    await writer.write((tx) => {
      takeOnce(tx, request.messageId, post)
      const by = { signer: post.signer, messageId: request.messageId }
      const minting = { ...by, proxy: keystore.address, label, wishes }
      mint(tx, minting, clock.now())
      for (const one of request.replacements) replace(tx, one, clock.now())
    })
    return { keystore: keystore.toJSON() }
  }

  async function replaceAll(post: SignedPost, request: ProxyRequest): Promise<Answer> {
    await writer.write((tx) => {
      takeOnce(tx, request.messageId, post)
      for (const one of request.replacements) replace(tx, one, clock.now())
    })
    return { replaced: request.replacements.map(({ id }) => id) }
  }

  async function register(post: SignedPost): Promise<Answer> {
    const { messageId, signedDetails } = parseRequest(registerSchema, post.body, 'register-worker')
    assertOwnMessage(messageId, post.signer)
    const inner = openSealedText(sealedTextOf(signedDetails) ?? '', crypto)
    const details = parseRequest(workerDetails, inner.body, 'register-worker')
    if (details.messageId !== messageId) {
      throw new DcpError('EPERM', 'the worker signed for another registration')
    }
    const { workerId, flags = 0, label = '' } = details
    const worker = await writer.write((tx) => {
      takeOnce(tx, messageId, post)
      const by = { identity: inner.signer, signer: post.signer, messageId }
      return registerWorker(tx, { workerId, flags, label, ...by }, clock.now())
    })
    return { workerId: worker.id, owner: worker.owner }
  }

  return signedPostRoutes(
    {
      path,
      bodyBytes: postBytes,
      methods: {
        'new-px': softly(newProxy),
        'register-worker': register,
        async logout({ signer }) {
          return { removed: await writer.write((tx) => deleteMinted(tx, signer)) }
        },
      },
    },
    deps,
  )
}

/** Programs look for the reason of a refused key beside `success: true`. */
function softly(handle: (post: SignedPost) => Promise<Answer>) {
  return async (post: SignedPost): Promise<Answer> => {
    try {
      return await handle(post)
    } catch (error) {
      if (!isDcpError(error)) throw error
      return { failure: error.code, message: error.message }
    }
  }
}
