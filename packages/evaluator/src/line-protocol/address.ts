/** Where the evaluator listens: a port of this machine, or a socket file. */
import { isIP } from 'node:net'

export type ListenAddress =
  | { readonly kind: 'port'; readonly host: string; readonly port: number }
  | { readonly kind: 'socket'; readonly path: string }

const portMax = 65_535

function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > portMax) throw new Error(`${text} is no port`)
  return port
}

/** Reads `HOST:PORT`, `[ADDRESS]:PORT`, `PORT` or the path of a socket file, which has a slash. */
export function parseListenAddress(text: string): ListenAddress {
  if (text.includes('/')) return { kind: 'socket', path: text }
  if (/^\d+$/.test(text)) return { kind: 'port', host: '127.0.0.1', port: parsePort(text) }
  const [, bracketed, plain, port] = /^(?:\[([\da-f:.]+)\]|([^:[\]]+)):(\d+)$/i.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined || port === undefined) {
    throw new Error(`${text} is neither HOST:PORT nor the path of a socket`)
  }
  // The name would be looked up, and may lead to more than this machine.
  return { kind: 'port', host: host === 'localhost' ? '127.0.0.1' : host, port: parsePort(port) }
}

/** True when nobody but this machine can reach it. */
export function isLocal(address: ListenAddress): boolean {
  if (address.kind === 'socket') return true
  if (isIP(address.host) === 4) return address.host.startsWith('127.')
  return address.host === '::1'
}

export function showAddress(address: ListenAddress): string {
  if (address.kind === 'socket') return address.path
  const { host, port } = address
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`
}
