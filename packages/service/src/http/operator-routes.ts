/** What people and machines that run a computer look at: is it alive, what does it do, how much. */
import { type Route, jsonResponse } from './http-route.ts'
import type { Metrics } from '../metrics.ts'

export interface OperatorRoutesOptions {
  /** Undefined when all is well, else what is wrong, in a few words. */
  readonly trouble: () => string | undefined
  /** JSON-compatible; read by people and by the portal. */
  readonly status: () => unknown
  readonly metrics: Metrics
}

/** `/healthz` (200 or 503), `/status` (JSON) and `/metrics` (Prometheus). */
export function operatorRoutes({ trouble, status, metrics }: OperatorRoutesOptions): Route[] {
  return [
    {
      path: '/healthz',
      handle() {
        const wrong = trouble()
        return jsonResponse(
          wrong === undefined ? { ok: true } : { ok: false, trouble: wrong },
          wrong === undefined ? 200 : 503,
        )
      },
    },
    { path: '/status', handle: () => jsonResponse(status()) },
    {
      path: '/metrics',
      handle: () => ({
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
        body: metrics.text(),
      }),
    },
  ]
}
