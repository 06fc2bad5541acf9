import { EventEmitter } from 'node:events'

import { seededRandom } from '@manyhands/protocol'
import { describe, expect, it } from 'vitest'

import { createKeystore, generatePrivateKey } from '../index.ts'
import { type Terminal, loadCrypto, terminalPrompt, unlockKeystore } from './index.ts'

const crypto = await loadCrypto()
const deps = { crypto, random: seededRandom('ask'), clock: { now: () => 0 } }

function fakeTerminal(): { terminal: Terminal; type: (text: string) => void; log: string[] } {
  const log: string[] = []
  const events = new EventEmitter()
  const input = Object.assign(events, {
    isTTY: true,
    setRawMode: (on: boolean) => log.push(`raw ${on}`),
    resume: () => log.push('resume'),
    pause: () => log.push('pause'),
  })
  const output = { write: (text: string) => log.push(text) }
  return {
    terminal: { input, output } as unknown as Terminal,
    type: (text) => void events.emit('data', Buffer.from(text)),
    log,
  }
}

describe('a prompt for a passphrase', () => {
  it('never shows what is typed, and understands backspace', async () => {
    const { terminal, type, log } = fakeTerminal()
    const answer = terminalPrompt(terminal)?.('Passphrase: ')
    type('sex')
    type('\u007fcré')
    type('t\rrest')
    expect(await answer).toBe('secrét')
    expect(log).toEqual(['Passphrase: ', 'raw true', 'resume', 'raw false', 'pause', '\n'])
  })

  it('is given up by Ctrl-C', async () => {
    const { terminal, type, log } = fakeTerminal()
    const answer = terminalPrompt(terminal)?.('?')
    type('a\u0003')
    await expect(answer).rejects.toMatchObject({ code: 'EKEYSTORE' })
    expect(log).toContain('raw false')
  })

  it('is not offered where there is no terminal', () => {
    const { terminal } = fakeTerminal()
    Object.assign(terminal.input, { isTTY: undefined })
    expect(terminalPrompt(terminal)).toBeUndefined()
  })
})

describe('unlocking', () => {
  it('tries the empty passphrase without asking', async () => {
    const keystore = await createKeystore(generatePrivateKey(deps.random), {}, deps)
    const ask = (): Promise<string> => Promise.reject(new Error('asked'))
    expect((await unlockKeystore(keystore, { ask })).address).toBe(keystore.address)
  })

  it('asks until the passphrase fits, five times at most', async () => {
    const options = { passphrase: 'right', label: 'mine' }
    const keystore = await createKeystore(generatePrivateKey(deps.random), options, deps)
    const prompts: string[] = []
    const answers = ['wrong', 'right']
    const signer = await unlockKeystore(keystore, {
      ask: async (prompt) => {
        prompts.push(prompt)
        return answers[prompts.length - 1] ?? ''
      },
    })
    expect(signer.address).toBe(keystore.address)
    expect(prompts).toEqual([
      'Enter your passphrase (mine): ',
      'Wrong; enter your passphrase again (mine): ',
    ])
    let asked = 0
    const ask = async (): Promise<string> => `wrong ${(asked += 1)}`
    await expect(unlockKeystore(keystore, { ask })).rejects.toMatchObject({ code: 'EKEYSTORE' })
    expect(asked).toBe(5)
  })

  it('says what to do where nobody can be asked', async () => {
    const options = { passphrase: 'p' }
    const keystore = await createKeystore(generatePrivateKey(deps.random), options, deps)
    await expect(unlockKeystore(keystore)).rejects.toMatchObject({
      code: 'EKEYSTORE',
      message: expect.stringContaining('run this in a terminal'),
    })
  })
})
