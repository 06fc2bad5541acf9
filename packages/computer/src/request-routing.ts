/**
 * One endpoint for several daemons: each answers the services it names, at their own locations and,
 * as `service.operation`, at the location `dcp`.
 */
import type { Dispatch } from '@manyhands/connection'

export interface Answering {
  readonly dispatch: Dispatch
  /** True for operations that may be dispatched again under the same validity stamp. */
  readonly repeatable: (service: string, operation: string) => boolean
}

/** Requests go to the daemon of their service; those of no daemon's service to the `fallback`. */
export function routeRequests(
  byService: Readonly<Record<string, Answering>>,
  fallback: Answering,
): Answering {
  function find(service: string, operation: string): Answering {
    const dot = service === 'dcp' ? operation.indexOf('.') : -1
    const name = dot < 0 ? service : operation.slice(0, dot)
    return Object.hasOwn(byService, name) ? (byService[name] ?? fallback) : fallback
  }
  return {
    dispatch: async (request) => find(request.service, request.operation).dispatch(request),
    repeatable: (service, operation) => find(service, operation).repeatable(service, operation),
  }
}
