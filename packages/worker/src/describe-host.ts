/** What a host of sandboxes can do, as soon as it answers: a computer starts it beside its worker. */
import { type Clock, DcpError, type Logger } from '@manyhands/protocol'
import type { SandboxDescription, SandboxHost } from '@manyhands/sandbox'

import { limits } from './limits.ts'

interface DescribeDeps {
  readonly clock: Clock
  readonly logger: Pick<Logger, 'warn'>
  readonly signal: AbortSignal
}

/** @throws whatever the host said last, when it does not answer within `hostStartMs`. */
export async function describeHost(
  host: Pick<SandboxHost, 'describe'>,
  { clock, logger, signal }: DescribeDeps,
): Promise<SandboxDescription> {
  const begun = clock.monotonic()
  let told = false
  for (;;) {
    try {
      return await host.describe()
    } catch (error) {
      const waited = clock.monotonic() - begun
      const retryable = error instanceof DcpError && error.retryable
      if (!retryable || waited > limits.hostStartMs) throw error
      if (!told && waited >= limits.hostQuietMs) {
        told = true
        logger.warn(`${error.message}; trying for ${limits.hostStartMs / 1000} s`)
      }
      await clock.sleep(limits.backoffFirstMs, signal)
    }
  }
}
