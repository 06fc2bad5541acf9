/** Puts the package server together: its operations over the protocol, its files over HTTP. */
import type { Dispatch } from '@manyhands/connection'
import { DcpError } from '@manyhands/protocol'
import type { Route } from '@manyhands/service'

import { fileRoutes } from './files/file-routes.ts'
import { createOperations } from './operations/package-manager.ts'
import type { PackageManagerDeps } from './operations/package-manager.ts'

/** The writer's database has `packageServerMigrations`; its owner closes it. */
export type PackageServerDeps = PackageManagerDeps

export interface PackageServer {
  /** Answers requests to the service packageManager, and `packageManager.operation` at `dcp`. */
  readonly dispatch: Dispatch
  /** Every operation: publishing the same twice is publishing it once. */
  readonly repeatable: (service: string, operation: string) => boolean
  /** The files of packages. */
  readonly routes: readonly Route[]
}

const prefix = 'packageManager.'

export function createPackageServer(deps: PackageServerDeps): PackageServer {
  const operations = createOperations(deps)

  function plainName(service: string, operation: string): string {
    if (service !== 'dcp') return operation
    return operation.startsWith(prefix) ? operation.slice(prefix.length) : ''
  }

  return {
    async dispatch(request) {
      const name = plainName(request.service, request.operation)
      const operation = Object.hasOwn(operations, name) ? operations[name] : undefined
      if (operation === undefined) {
        const shown = request.operation.slice(0, 100)
        throw new DcpError('EINVAL', `packageManager has no operation ${shown}`)
      }
      return operation(request)
    },
    repeatable: (service, operation) => Object.hasOwn(operations, plainName(service, operation)),
    routes: fileRoutes(deps.writer),
  }
}
