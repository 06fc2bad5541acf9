/**
 * What a worker reads and writes at other places for a job: its work function, its arguments, its
 * input, its results. Only where the worker's owner allows it for that purpose, the scheduler's own
 * origin, and, when he trusts them, where the owners of his compute groups ask.
 */
import {
  DcpError,
  parsePrepared,
  prepareText,
  preparedOfSerialized,
  serialize,
} from '@manyhands/protocol'
import type { GroupOrigins } from '@manyhands/protocol'
import { createOriginPolicy } from '@manyhands/sandbox'
import type { GuestFetch, GuestResponse, OriginPolicy, OriginPurpose } from '@manyhands/sandbox'

export interface Remote {
  /** Whether a location may be used for a purpose, for a job of a compute group. */
  allows(location: URL, purpose: OriginPurpose, group: string | undefined): boolean
  /** What the owners of compute groups ask their workers to reach, by group. */
  note(origins: Readonly<Record<string, GroupOrigins>>): void
  /**
   * The prepared text of the value at a location.
   * @throws DcpError `EPERM_ORIGIN`, `EFETCH` or `ETOOBIG`
   */
  read(location: URL, purpose: 'fetchArguments' | 'fetchData', group?: string): Promise<string>
  /**
   * Posts the result of a slice as a form; the prepared text of what the place answered.
   * @throws DcpError `EPERM_ORIGIN`, `EFETCH` or `ETOOBIG`
   */
  post(location: URL, result: PostedResult, group?: string): Promise<string>
}

export interface PostedResult {
  readonly slice: number
  /** Prepared text. */
  readonly value: string
  /** Further fields of the form; `contentType` says how the value is written. */
  readonly params: Readonly<Record<string, string>>
}

export interface RemoteOptions {
  readonly origins: OriginPolicy
  /** Where values of the scheduler are. */
  readonly scheduler: URL
  readonly trustGroups: boolean
}

export interface RemoteDeps {
  /** Carries out requests under a policy; absent: nothing is reached. */
  readonly brokerFetch: ((origins: OriginPolicy, purpose: OriginPurpose) => GuestFetch) | undefined
  readonly signal: AbortSignal
}

export function createRemote(
  { origins, scheduler, trustGroups }: RemoteOptions,
  { brokerFetch, signal }: RemoteDeps,
): Remote {
  const groups = new Map<string, OriginPolicy>()
  const texts = new Map<string, string>()
  const brokers = new Map<string, GuestFetch>()

  function allows(location: URL, purpose: OriginPurpose, group: string | undefined): boolean {
    if (origins.allows(location, purpose)) return true
    // The fetches of work functions are theirs alone: nobody but the worker's owner allows them.
    if (purpose === 'workerFetch') return false
    if (location.origin === scheduler.origin) return true
    return group !== undefined && groups.get(group)?.allows(location, purpose) === true
  }

  function brokerFor(purpose: OriginPurpose, group: string | undefined): GuestFetch {
    const name = `${purpose} ${group ?? ''}`
    const known = brokers.get(name)
    if (known !== undefined) return known
    if (brokerFetch === undefined) {
      throw new DcpError('EPERM_ORIGIN', 'this worker reaches nothing but its scheduler')
    }
    const policy: OriginPolicy = {
      allows: (location) => allows(location, purpose, group),
      blocks: () => origins.blocks(purpose),
    }
    const broker = brokerFetch(policy, purpose)
    brokers.set(name, broker)
    return broker
  }

  async function request(
    location: URL,
    purpose: OriginPurpose,
    group: string | undefined,
    form?: string,
  ): Promise<GuestResponse> {
    const response = await brokerFor(purpose, group)(
      {
        url: location.href,
        method: form === undefined ? 'GET' : 'POST',
        headers: form === undefined ? [] : [['content-type', 'application/x-www-form-urlencoded']],
        body: form === undefined ? undefined : new TextEncoder().encode(form),
        redirect: 'follow',
      },
      signal,
    )
    if (response.status >= 200 && response.status < 300) return response
    throw new DcpError('EFETCH', `${location.href} answers with status ${response.status}`)
  }

  return {
    allows,
    note(asked) {
      if (!trustGroups) return
      for (const [group, lists] of Object.entries(asked)) {
        const text = JSON.stringify(lists)
        if (texts.get(group) === text) continue
        texts.set(group, text)
        groups.set(group, createOriginPolicy(lists))
      }
    },
    async read(location, purpose, group) {
      const response = await request(location, purpose, group)
      try {
        return preparedOfResponse(response)
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause)
        throw new DcpError('EFETCH', `${location.href} is not what it says: ${reason}`, { cause })
      }
    },
    async post(location, result, group) {
      const response = await request(location, 'sendResults', group, formOf(result))
      return prepareText(new TextDecoder().decode(response.body))
    },
  }
}

/** Decodes by content type (operations §15.2). */
function preparedOfResponse({ headers, body }: GuestResponse): string {
  const given = headers.find(([name]) => name === 'content-type')?.[1]
  const type = given?.split(';')[0]?.trim().toLowerCase()
  if (type === undefined || type === '') throw new DcpError('EFORMAT', 'it has no content type')
  const string = (): string => new TextDecoder().decode(body)
  if (type === 'application/json') {
    return preparedOfSerialized({ string: string(), method: 'json' })
  }
  if (type === 'application/x-kvin') {
    return preparedOfSerialized({ string: string(), method: 'kvin' })
  }
  return prepareText(type.startsWith('text/') ? string() : new Uint8Array(body))
}

function formOf({ slice, value, params }: PostedResult): string {
  const { contentType = 'application/json', element = String(slice) } = params
  const content = contentOf(value, contentType.split(';')[0]?.trim().toLowerCase() ?? '')
  return new URLSearchParams({ ...params, contentType, element, content }).toString()
}

/** @throws DcpError `EFORMAT` for a value that the content type cannot say. */
function contentOf(prepared: string, type: string): string {
  const value = parsePrepared(prepared)
  if (type === 'application/x-kvin') return serialize(value, { label: 'v8' })
  if (type.startsWith('text/')) return String(value)
  if (type !== 'application/json') {
    throw new DcpError('EFORMAT', `results cannot be posted as ${type}`)
  }
  try {
    return JSON.stringify(value) ?? 'null'
  } catch (cause) {
    throw new DcpError('EFORMAT', 'the result cannot be written as JSON', { cause })
  }
}
