/** What a host of sandboxes can do, as soon as it answers: a computer starts it beside its worker. */
import { type Clock, DcpError } from '@manyhands/protocol'
import type { SandboxDescription, SandboxHost } from '@manyhands/sandbox'

import { limits } from './limits.ts'

/** @throws whatever the host said last, when it does not answer within `hostStartMs`. */
export async function describeHost(
  host: Pick<SandboxHost, 'describe'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<SandboxDescription> {
  const deadline = clock.monotonic() + limits.hostStartMs
  for (;;) {
    try {
      return await host.describe()
    } catch (error) {
      const retryable = error instanceof DcpError && error.retryable
      if (!retryable || clock.monotonic() > deadline) throw error
      await clock.sleep(limits.backoffFirstMs, signal)
    }
  }
}
