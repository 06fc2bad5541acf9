/** Puts the identity daemon together: signed posts, tables, and what other daemons ask it. */
import type { Dispatch } from '@manyhands/connection'
import type { CancelTimer } from '@manyhands/protocol'
import { tableQueryRoutes } from '@manyhands/service'
import type { Authority, Route } from '@manyhands/service'

import { housekeepingMs, rememberUseMs } from './limits.ts'
import { createAuthority } from './operations/authority.ts'
import { deProxying } from './operations/de-proxying.ts'
import { pxAuthRoutes } from './operations/px-auth.ts'
import type { PxAuthDeps } from './operations/px-auth.ts'
import { forgetOld } from './proxy-keys/proxy-rights-store.ts'
import { identityTables } from './tables/identity-tables.ts'

/** The writer's database has `identityMigrations`; its owner closes it. */
export type IdentityDeps = PxAuthDeps

export interface Identity {
  /** `new-px`, `logout`, `register-worker`, `time`, and table queries. */
  readonly routes: readonly Route[]
  /** Who stands behind a key that asks a table; for the tables of all daemons. */
  readonly authority: Authority
  /** Lets proxy keys call a daemon in the name of whom they stand for, as far as they may. */
  deProxying(dispatch: Dispatch): Dispatch
  /** Begins to forget what has expired. */
  start(): Promise<void>
  close(): Promise<void>
}

export function createIdentity(deps: IdentityDeps): Identity {
  const { writer, clock, logger } = deps
  const authority = createAuthority(writer, clock)
  const tables = { service: 'pxAuth', path: '/jnu/px-auth/', tables: identityTables }
  let cancel: CancelTimer | undefined
  let closed = false

  async function keepHouse(): Promise<void> {
    const now = clock.now()
    try {
      await writer.write((tx) => forgetOld(tx, now, now - rememberUseMs))
    } catch (error) {
      logger.warn('expired keys were not forgotten', { error })
    }
    if (closed) return
    cancel = clock.setTimer(housekeepingMs, () => void keepHouse(), { background: true })
  }

  return {
    routes: [
      ...pxAuthRoutes('/px-auth/', deps),
      ...tableQueryRoutes(tables, { ...deps, authority }),
    ],
    authority,
    deProxying: (dispatch) => deProxying(dispatch, deps),
    start: keepHouse,
    close() {
      closed = true
      cancel?.()
      return Promise.resolve()
    },
  }
}
