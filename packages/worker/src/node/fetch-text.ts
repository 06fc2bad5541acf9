/** Reads a work function from a location, within limits; redirects are not followed. */
import { DcpError } from '@manyhands/protocol'

import { limits } from '../limits.ts'

const timeoutMs = 60_000

/** @throws DcpError `ENOENT` when it cannot be had, `ETOOBIG` when it is longer than work may be. */
export async function fetchText(location: URL): Promise<string> {
  let response: Response
  try {
    response = await fetch(location, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) })
  } catch (cause) {
    throw new DcpError('ENOENT', `${location.href} cannot be read`, { cause })
  }
  if (!response.ok) {
    await response.body?.cancel()
    throw new DcpError('ENOENT', `${location.href} answers with status ${response.status}`)
  }
  const decoder = new TextDecoder()
  let text = ''
  for await (const part of response.body ?? []) {
    text += decoder.decode(part as Uint8Array, { stream: true })
    if (text.length > limits.artifactTextMax) {
      throw new DcpError('EWORKTOOBIG', `${location.href} is longer than ${limits.artifactTextMax}`)
    }
  }
  return text + decoder.decode()
}
