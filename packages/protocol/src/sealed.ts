/**
 * Sealed texts: `{"owner":…,"signature":…,"body":…}`, the unit of the wire and of everything signed
 * (wire-protocol §3.3, §18.3). A signature is checked over the body's text as it was received: a
 * peer's JSON is never written anew for that, unless its layout leaves no other way.
 */
import { DcpError } from './errors.ts'
import { quote } from './quote.ts'
import type { Signature, Signer } from './ports.ts'

export interface Sealed {
  /** The signer it claims; nothing is proven before the signature is checked. */
  readonly owner: string
  readonly signature: Signature
  /** The text that was signed. */
  readonly bodyText: string
  /** `bodyText` parsed, and never any other reading of the message. */
  readonly body: unknown
}

const bodyKey = '"body":'

/** Takes a sealed text apart without checking its signature. Throws EFORMAT. */
export function parseSealed(text: string): Sealed {
  return parseInPlace(text) ?? parseWhole(text)
}

/** The layout official programs write: `body` is the last member, so its text is a substring. */
function parseInPlace(text: string): Sealed | undefined {
  const at = text.indexOf(bodyKey)
  if (at < 0 || text.charCodeAt(text.length - 1) !== 0x7d || text.charCodeAt(at - 1) !== 0x2c) {
    return undefined
  }
  const bodyText = text.slice(at + bodyKey.length, -1)
  try {
    // With the comma taken off, what precedes the body is a complete object of its own.
    const head: unknown = JSON.parse(`${text.slice(0, at - 1)}}`)
    return sealed(head, bodyText, JSON.parse(bodyText))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function parseWhole(text: string): Sealed {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch (cause) {
    throw new DcpError('EFORMAT', 'a sealed message must be JSON', { cause })
  }
  if (!isRecord(message) || !Object.hasOwn(message, 'body')) {
    throw new DcpError('EFORMAT', 'a sealed message must have "owner", "signature" and "body"')
  }
  return sealed(message, textOf(message['body']), message['body'])
}

/** What official programs would have signed. JSON is read at any depth but not written. */
function textOf(body: unknown): string {
  try {
    return JSON.stringify(body)
  } catch (cause) {
    throw new DcpError('EFORMAT', 'the body of a sealed message is nested too deep', { cause })
  }
}

function sealed(head: unknown, bodyText: string, body: unknown): Sealed {
  const owner = isRecord(head) && Object.hasOwn(head, 'owner') ? head['owner'] : undefined
  if (!isRecord(head) || typeof owner !== 'string') {
    throw new DcpError('EFORMAT', 'a sealed message must name its "owner"')
  }
  return { owner, signature: parseSignature(head['signature']), bodyText, body }
}

/** Reads a signature whose halves are arrays of 32 bytes or what Node's Buffer makes of them. Throws EFORMAT. */
export function parseSignature(value: unknown): Signature {
  if (!isRecord(value))
    throw new DcpError('EFORMAT', `"signature" must be an object, not ${quote(value)}`)
  const v = value['v']
  if (v !== 27 && v !== 28)
    throw new DcpError('EFORMAT', `"signature.v" must be 27 or 28, not ${quote(v)}`)
  return { r: half(value, 'r'), s: half(value, 's'), v }
}

function half(signature: Readonly<Record<string, unknown>>, name: 'r' | 's'): readonly number[] {
  const value = signature[name]
  const bytes: unknown = isRecord(value) && !Array.isArray(value) ? value['data'] : value
  if (Array.isArray(bytes) && bytes.length === 32 && bytes.every(isByte)) return bytes
  throw new DcpError('EFORMAT', `"signature.${name}" must be 32 bytes`)
}

function isByte(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** Signs a body's text and wraps it, with the compact form of the signature. */
export function sealText(signer: Signer, bodyText: string): string {
  const { r, s, v } = signer.sign(bodyText)
  return `{"owner":"${signer.address}","signature":{"r":[${r.join()}],"s":[${s.join()}],"v":${v}},"body":${bodyText}}`
}
