/** Serves values to whoever knows their keys, in the content types of operations §15.2. */
import type { Route } from '../http/http-route.ts'
import type { ValueStore } from './value-store.ts'

/** Where values are served; a key follows. */
export const valuesPath = '/values/'

/** Pages of any origin may read: the key is the permission. What a key stands for never changes. */
export function valueRoute(store: Pick<ValueStore, 'open'>): Route {
  return {
    path: `${valuesPath}*`,
    anyOrigin: true,
    async handle({ rest }) {
      const { size, first, stream } = await store.open(rest)
      return {
        headers: {
          // Texts that are JSON documents of their own are strings, true and false.
          'content-type': first === '{' ? 'application/x-kvin' : 'application/json',
          'content-length': String(size),
          'cache-control': 'private, max-age=3600, immutable',
          'x-content-type-options': 'nosniff',
        },
        body: stream,
      }
    },
  }
}
