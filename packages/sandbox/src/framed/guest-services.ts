/**
 * What a sandbox may ask of its supervisor: modules and fetches. Both are counted and bounded here,
 * whatever carries them out; a sandbox that is gone gets no answer.
 */
import { DcpError, isDcpError, type Clock } from '@manyhands/protocol'

import {
  fetchesInFlightMax,
  fetchesMax,
  fetchRequestBytesMax,
  fetchResponseBytesMax,
  moduleLoadMs,
  moduleSourcesLengthMax,
} from '../limits.ts'
import type { GuestRequest, GuestResponse, SliceError, WorkAssignment } from '../sandbox.ts'

export type ModulesAnswer =
  | { readonly sources: Readonly<Record<string, string>> }
  | { readonly error: SliceError }

export type FetchAnswer = { readonly response: GuestResponse } | { readonly error: SliceError }

export interface GuestServices {
  modules(work: WorkAssignment | undefined, ids: readonly string[]): Promise<ModulesAnswer>
  fetch(work: WorkAssignment | undefined, request: GuestRequest): Promise<FetchAnswer>
  /** Ends what is under way: the sandbox is gone. */
  close(): void
}

function errorOf(thrown: unknown, usual: 'EFETCH' | 'ENOMODULE'): { readonly error: SliceError } {
  if (!isDcpError(thrown)) {
    // What went wrong on this machine is not the work function's business.
    return { error: { name: 'DcpError', code: usual, message: 'it cannot be had just now' } }
  }
  const { code, message, name } = thrown
  return { error: { name, message, code } }
}

export function createGuestServices(clock: Clock): GuestServices {
  const closing = new AbortController()
  let fetches = 0
  let inFlight = 0
  let sourcesLength = 0

  async function load(work: WorkAssignment | undefined, ids: readonly string[]) {
    if (work?.loadModules === undefined) {
      throw new DcpError('ENOMODULE', `nobody offers the modules ${ids.join(', ')}`)
    }
    const late = new AbortController()
    const cancel = clock.setTimer(moduleLoadMs, () =>
      late.abort(new DcpError('ENOMODULE', `${ids.join(', ')} took too long to come`)),
    )
    const sources = await work
      .loadModules(ids, AbortSignal.any([closing.signal, late.signal]))
      .finally(cancel)
    for (const [id, source] of sources) sourcesLength += id.length + source.length
    if (sourcesLength > moduleSourcesLengthMax) {
      throw new DcpError('EMODULETOOBIG', `modules of over ${moduleSourcesLengthMax} characters`)
    }
    return Object.fromEntries(sources)
  }

  async function carryOut(work: WorkAssignment | undefined, request: GuestRequest) {
    if (work?.fetch === undefined) {
      throw new DcpError('EPERM_ORIGIN', `Not allowed to fetch from '${request.url}'`)
    }
    if (fetches >= fetchesMax) {
      throw new DcpError('EFETCH', `this sandbox has made ${fetchesMax} requests (fetchesMax)`)
    }
    if (inFlight >= fetchesInFlightMax) {
      const message = `${fetchesInFlightMax} requests are under way (fetchesInFlightMax)`
      throw new DcpError('EFETCH', message)
    }
    if ((request.body?.byteLength ?? 0) > fetchRequestBytesMax) {
      throw new DcpError('ETOOBIG', `a body of over ${fetchRequestBytesMax} bytes`)
    }
    fetches += 1
    inFlight += 1
    try {
      const response = await work.fetch(request, closing.signal)
      if (response.body.byteLength > fetchResponseBytesMax) {
        throw new DcpError('ETOOBIG', `a response of over ${fetchResponseBytesMax} bytes`)
      }
      return response
    } finally {
      inFlight -= 1
    }
  }

  return {
    modules: (work, ids) =>
      load(work, ids).then(
        (sources) => ({ sources }),
        (thrown: unknown) => errorOf(thrown, 'ENOMODULE'),
      ),
    fetch: (work, request) =>
      carryOut(work, request).then(
        (response) => ({ response }),
        (thrown: unknown) => errorOf(thrown, 'EFETCH'),
      ),
    close: () => closing.abort(new DcpError('EPIPE', 'the sandbox is gone')),
  }
}
