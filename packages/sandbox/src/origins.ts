/**
 * Which origins a worker's owner allows, and for what. Origins are compared as URLs, never as text;
 * an entry with a path allows that very URL and nothing else.
 */
import { DcpError } from '@manyhands/protocol'

const purposes = [
  'any',
  'fetchWorkFunctions',
  'fetchArguments',
  'fetchData',
  'sendResults',
  'workerFetch',
] as const

/** What somebody wants of an origin; `workerFetch` is a `fetch` of the work function itself. */
export type OriginPurpose = Exclude<(typeof purposes)[number], 'any'>

/** Origins for all purposes, or by purpose. An address or block (`10.0.0.0/8`) admits private hosts. */
export type AllowedOrigins =
  | readonly string[]
  | Partial<Readonly<Record<(typeof purposes)[number], readonly string[]>>>

export interface OriginPolicy {
  allows(url: URL, purpose: OriginPurpose): boolean
  /** Address blocks in the lists, as written: hosts with such addresses may be connected to. */
  blocks(purpose: OriginPurpose): readonly string[]
}

interface Entries {
  readonly origins: Set<string>
  readonly urls: Set<string>
  readonly blocks: Set<string>
}

const block = /^(\d{1,3}(\.\d{1,3}){3}|[\da-f:]*:[\da-f:.]*)(\/\d{1,3})?$/i

function addEntry({ blocks, origins, urls }: Entries, entry: string): void {
  if (block.test(entry)) {
    blocks.add(entry)
    return
  }
  let url: URL
  try {
    url = new URL(entry)
  } catch (cause) {
    throw new DcpError('EBADARG', `${entry} is no origin such as https://example.org`, { cause })
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new DcpError('EBADARG', `${entry} is neither http nor https`)
  }
  if (url.pathname === '/' && url.search === '') origins.add(url.origin)
  else urls.add(urlText(url))
}

function urlText(url: URL): string {
  return `${url.origin}${url.pathname}${url.search}`
}

function entriesOf(list: readonly string[]): Entries {
  const entries: Entries = { origins: new Set(), urls: new Set(), blocks: new Set() }
  for (const entry of list) addEntry(entries, entry)
  return entries
}

/** @throws DcpError `EBADARG` naming the entry or the purpose that makes no sense. */
export function createOriginPolicy(allowed: AllowedOrigins): OriginPolicy {
  const lists = Array.isArray(allowed)
    ? { any: allowed as readonly string[] }
    : (allowed as Exclude<AllowedOrigins, readonly string[]>)
  const byPurpose = new Map<string, Entries>()
  for (const [purpose, list] of Object.entries(lists)) {
    if (!purposes.some((known) => known === purpose)) {
      throw new DcpError('EBADARG', `${purpose} is no purpose: ${purposes.join(', ')} are`)
    }
    byPurpose.set(purpose, entriesOf(list))
  }
  const of = (purpose: OriginPurpose): Entries[] =>
    ['any', purpose].flatMap((name) => byPurpose.get(name) ?? [])
  return {
    allows: (url, purpose) =>
      url.username === '' &&
      url.password === '' &&
      of(purpose).some(({ origins, urls }) => origins.has(url.origin) || urls.has(urlText(url))),
    blocks: (purpose) => of(purpose).flatMap(({ blocks }) => [...blocks]),
  }
}
