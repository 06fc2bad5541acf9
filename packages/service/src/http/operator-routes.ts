/** What people and machines that run a computer look at: is it alive, what does it do, how much. */
import { DcpError } from '@manyhands/protocol'

import { type HttpRequest, type Route, jsonResponse } from './http-route.ts'
import type { Metrics } from '../metrics.ts'

export interface OperatorRoutesOptions {
  /** Undefined when all is well, else what is wrong, in a few words. */
  readonly trouble: () => string | undefined
  /** JSON-compatible; read by people and by the portal. */
  readonly status: () => unknown
  readonly metrics: Metrics
}

function assertFromThisMachine({ path, isFromThisMachine }: HttpRequest): void {
  if (isFromThisMachine) return
  throw new DcpError('EPERM', `${path} is answered to programs on this machine alone`)
}

/**
 * `/healthz` (200 or 503), `/status` (JSON) and `/metrics` (Prometheus). Strangers are told no more
 * than whether all is well.
 */
export function operatorRoutes({ trouble, status, metrics }: OperatorRoutesOptions): Route[] {
  return [
    {
      path: '/healthz',
      handle({ isFromThisMachine }) {
        const wrong = trouble()
        if (wrong === undefined) return jsonResponse({ ok: true })
        return jsonResponse({ ok: false, ...(isFromThisMachine ? { trouble: wrong } : {}) }, 503)
      },
    },
    {
      path: '/status',
      handle(request) {
        assertFromThisMachine(request)
        return jsonResponse(status())
      },
    },
    {
      path: '/metrics',
      handle(request) {
        assertFromThisMachine(request)
        return {
          headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
          body: metrics.text(),
        }
      },
    },
  ]
}
