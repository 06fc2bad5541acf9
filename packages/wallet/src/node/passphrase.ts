/** Asks a person for a passphrase, on a terminal only, without showing what is typed. */
import { type ReadStream, type WriteStream } from 'node:tty'

import { DcpError, type Signer, isDcpError } from '@manyhands/protocol'

import type { Keystore } from '../keystore.ts'
import { limits } from '../limits.ts'

export interface Terminal {
  readonly input: Pick<ReadStream, 'isTTY' | 'setRawMode' | 'on' | 'off' | 'resume' | 'pause'>
  readonly output: Pick<WriteStream, 'write'>
}

const keys = { interrupt: '\u0003', endOfInput: '\u0004', backspace: '\u007f', erase: '\b' }

/** One line typed out of sight. Rejects with EKEYSTORE when the person gives up (Ctrl-C, Ctrl-D). */
function promptPassphrase(prompt: string, { input, output }: Terminal): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: string[] = []
    function finish(act: () => void): void {
      input.off('data', onData)
      input.setRawMode(false)
      input.pause()
      output.write('\n')
      act()
    }
    function onKey(key: string): boolean {
      if (key === '\r' || key === '\n') {
        finish(() => resolve(typed.join('')))
        return true
      }
      if (key === keys.interrupt || key === keys.endOfInput) {
        finish(() => reject(new DcpError('EKEYSTORE', 'no passphrase was given')))
        return true
      }
      if (key === keys.backspace || key === keys.erase) typed = typed.slice(0, -1)
      else if (key >= ' ' && typed.length < limits.passphraseChars) typed.push(key)
      return false
    }
    function onData(chunk: Buffer): void {
      for (const key of chunk.toString('utf8')) if (onKey(key)) return
    }
    output.write(prompt)
    input.setRawMode(true)
    input.on('data', onData)
    input.resume()
  })
}

interface UnlockOptions {
  /** Asked when the empty passphrase does not fit; missing where nobody can be asked. */
  readonly ask?: (prompt: string) => Promise<string>
}

/**
 * Tries the empty passphrase first, then asks, five times at most. Throws EKEYSTORE when nobody can
 * be asked or no passphrase fits.
 */
export async function unlockKeystore(
  keystore: Keystore,
  { ask }: UnlockOptions = {},
): Promise<Signer> {
  const name = keystore.label ?? keystore.address
  let passphrase = ''
  for (let tries = 0; ; tries += 1) {
    try {
      return await keystore.unlock(passphrase)
    } catch (error) {
      if (!isDcpError(error, 'EKEYSTORE') || error.details['reason'] !== 'passphrase') throw error
      if (ask === undefined) {
        const message =
          `the keystore ${name} has a passphrase and nobody can be asked for it here: ` +
          'run this in a terminal, or use a keystore with an empty passphrase'
        throw new DcpError('EKEYSTORE', message, { cause: error, details: error.details })
      }
      if (tries === limits.passphraseTries) throw error
      const again = tries === 0 ? 'Enter your passphrase' : 'Wrong; enter your passphrase again'
      passphrase = await ask(`${again} (${name}): `)
    }
  }
}

/** How to ask on this terminal; undefined when there is none to ask on. */
export function terminalPrompt(
  terminal: Terminal,
): ((prompt: string) => Promise<string>) | undefined {
  if (terminal.input.isTTY !== true) return undefined
  return (prompt) => promptPassphrase(prompt, terminal)
}
