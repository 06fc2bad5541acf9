/** Reads the captured conversations: every sealed message in them, and every private key given. */
import { readFileSync, readdirSync } from 'node:fs'

const directory = new URL('../../../tests/vectors/wire/', import.meta.url)

export interface Sealed {
  readonly file: string
  readonly owner: string
  readonly signature: { r: number[]; s: number[]; v: number }
  readonly bodyText: string
}

interface BufferJson {
  readonly data: number[]
}

function bytesOf(value: number[] | BufferJson): number[] {
  return Array.isArray(value) ? value : value.data
}

function sealedOf(file: string, text: string): Sealed {
  const { owner, signature } = JSON.parse(text)
  const { r, s, v } = signature
  const bodyText = text.slice(text.indexOf('"body":') + 7, -1)
  return { file, owner, signature: { r: bytesOf(r), s: bytesOf(s), v }, bodyText }
}

/** Some captures were cut for reading; those do not end as a frame ends. */
const frame = /^\d*\["message",.*"\]$/s

/** The sealed message in a captured string, be it bare or in a socket.io frame. */
function sealedText(text: string): string | undefined {
  if (text.startsWith('{"owner":')) return text
  if (!frame.test(text)) return undefined
  const payload: unknown = JSON.parse(text.slice(text.indexOf('[')))
  const message: unknown = Array.isArray(payload) ? payload[1] : undefined
  return typeof message === 'string' && message.startsWith('{"owner":') ? message : undefined
}

function eachString(value: unknown, visit: (text: string) => void): void {
  if (typeof value === 'string') visit(value)
  else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) eachString(member, visit)
  }
}

export function readVector(name: string): any {
  return JSON.parse(readFileSync(new URL(name, directory), 'utf8'))
}

export function readCaptures(): { sealed: Sealed[]; privateKeys: string[] } {
  const sealed: Sealed[] = []
  const privateKeys = new Set<string>()
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.json'))) {
    eachString(readVector(file), (text) => {
      const message = sealedText(text)
      if (message !== undefined) sealed.push(sealedOf(file, message))
      else if (/^0x[0-9a-f]{64}$/.test(text)) privateKeys.add(text)
    })
  }
  return { sealed, privateKeys: [...privateKeys] }
}
