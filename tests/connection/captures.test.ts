// Every captured message is read, verified and signed again, and every connection is followed: the
// messages of the official programs keep the rules that our own code is built on.
import { assert, describe, expect, test } from 'vitest'

import { parseSealed, parseSignature, sealText } from '@manyhands/protocol'
import { createPureCrypto, createSigner, parsePrivateKey, recoverSigner } from '@manyhands/wallet'

import { bodyOf, type Body, type Frame, isSealed, readCaptures } from './_captures.ts'

const crypto = createPureCrypto()

const captures = [
  'client-5.6.1-basic-session',
  'client-4.4.29-basic-session',
  'client-5.6.1-compute-exec',
  'worker-3.3.19-first-requests',
  'official-target-session',
  'raw-websocket-independent-initiator',
  'lifecycle',
].flatMap(readCaptures)

/** A message itself, or what its batch holds. */
function membersOf(body: Body): Body[] {
  return body['type'] === 'batch' ? (body['payload'] as Body[]) : [body]
}

describe.each(captures)('$name', ({ frames, privateKeys }) => {
  const sealed = frames.filter(isSealed)

  test('is verified and reproduced bit for bit', () => {
    const signers = new Map(
      privateKeys.map((key) => {
        const signer = createSigner(parsePrivateKey(key), crypto)
        return [signer.address as string, signer]
      }),
    )
    expect(sealed.length).toBeGreaterThanOrEqual(8)
    for (const { text } of sealed) {
      const { owner, bodyText, body, signature } = parseSealed(text)
      expect(bodyText).toBe(JSON.stringify(body))
      expect(recoverSigner(bodyText, signature, crypto)).toBe(owner)
      const signer = signers.get(owner)
      // Some captures came without the key of one side; its messages are verified all the same.
      if (signer === undefined) continue
      expect(signer.sign(bodyText)).toEqual(signature)
      expect(parseSealed(sealText(signer, bodyText))).toEqual(parseSealed(text))
    }
  })

  test('holds resource signatures over the payload as it was sent', () => {
    for (const { text } of sealed) {
      for (const { payload, auth } of membersOf(bodyOf(text))) {
        for (const [resource, signature] of Object.entries((auth ?? {}) as Body)) {
          const signed = JSON.stringify(payload)
          expect(recoverSigner(signed, parseSignature(signature), crypto)).toBe(resource)
        }
      }
    }
  })

  test('keeps the lock-step: each message spends the nonce of the last Ack, each Ack its token', () => {
    for (const conn of new Set(sealed.map((frame) => frame.conn))) {
      follow(sealed.filter((frame) => frame.conn === conn))
    }
  })
})

function follow(frames: readonly Frame[]): void {
  const sides = {
    client: { nonce: null as unknown, acked: new Set<unknown>(), sent: new Set<unknown>() },
    server: { nonce: null as unknown, acked: new Set<unknown>(), sent: new Set<unknown>() },
  }
  for (const { from, text, ignored } of frames) {
    const body = bodyOf(text)
    const self = sides[from]
    const other = sides[from === 'client' ? 'server' : 'client']
    if (ignored) continue
    // What was sent before the capture began cannot be checked.
    if (body['type'] === 'ack') {
      if (self.acked.size > 0 || other.sent.size > 0) {
        assert(other.sent.has(body['token']) || self.acked.has(body['token']))
      }
      self.acked.add(body['token'])
      other.nonce = body['nonce']
    } else {
      assert.strictEqual(body['nonce'], self.nonce)
      self.sent.add(body['ackToken'])
    }
  }
}
