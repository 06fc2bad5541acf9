/**
 * Decides whether this worker may run strangers' work functions here: with a scheduler on another
 * host only inside a real jail, whatever the convenience.
 */
import { DcpError } from '@manyhands/protocol'
import type { Logger } from '@manyhands/protocol'
import type { SandboxDescription } from '@manyhands/sandbox'

/** auto: jail when it can be had; required: refuse to start without; none: do without. */
export type JailPolicy = 'auto' | 'required' | 'none'

/** True for a scheduler on this machine; a location without a host name lives in this process. */
export function isLoopback(location: URL): boolean {
  if (location.protocol !== 'http:' && location.protocol !== 'https:') return true
  const host = location.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1') return true
  return /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}

/** The policy that holds where the user chose none. */
export function defaultJail(location: URL): JailPolicy {
  return isLoopback(location) ? 'auto' : 'required'
}

/**
 * Checks what the evaluator offers against the policy.
 * @throws DcpError `ENOJAIL` when a jail is required and there is none.
 */
export function assertJail(
  description: SandboxDescription,
  policy: JailPolicy,
  location: URL,
  logger: Logger,
): void {
  if (description.jail !== 'none' || policy === 'none') return
  const missing = description.missing ?? []
  if (policy === 'required') {
    const lines = missing.map((line) => `\n  - ${line}`).join('')
    throw new DcpError(
      'ENOJAIL',
      `The scheduler ${location.href} may send work of strangers, and this evaluator has no jail ` +
        `(bubblewrap with user namespaces and a seccomp filter).${lines}\n` +
        'Use a scheduler on this machine, or, if you trust everybody who deploys there, start the ' +
        'worker with --jail none.',
      { details: { location: location.href, jail: description.jail } },
    )
  }
  const layers = description.protections ?? ['every Deno permission denied', 'hardened realm']
  logger.warn(`sandboxes run without a jail around them; what holds them: ${layers.join(', ')}`, {
    jail: description.jail,
    missing,
  })
}
