/**
 * Table queries over signed posts, which the protocol calls jnu (operations §13): each daemon declares
 * its tables, and a client selects, adds, changes and deletes the rows that are its own.
 */
import { DcpError } from '@manyhands/protocol'

import type { Writer } from '../database/group-commit.ts'
import type { Route } from '../http/http-route.ts'
import { signedPostRoutes } from '../signed-post/signed-post-routes.ts'
import type { SignedPostDeps } from '../signed-post/signed-post-routes.ts'
import type { SignedPost } from '../signed-post/signed-post.ts'
import { postBytes } from './limits.ts'
import { labelOf, readQuery } from './query.ts'
import type { Query } from './query.ts'
import { schemaDocument } from './schema-document.ts'
import { selectRows } from './select.ts'
import type { Authority, Caller, Table } from './table.ts'
import { addRow, changeRows, deleteRows } from './write.ts'

export interface TableQueryOptions {
  /** As in operation keys: `<service>.jnu.<table>.query`. */
  readonly service: string
  /** The directory of the methods; begins and ends in `/`. */
  readonly path: string
  readonly tables: readonly Table[]
}

export interface TableQueryDeps extends SignedPostDeps {
  readonly writer: Writer
  readonly authority: Authority
}

interface Asked {
  readonly table: Table
  readonly query: Query
  readonly caller: Caller
}

export function tableQueryRoutes(options: TableQueryOptions, deps: TableQueryDeps): Route[] {
  const { service, path } = options
  const { writer, authority, clock } = deps
  const tables = new Map(options.tables.map((table) => [table.name, table]))

  function ask({ signer, body }: SignedPost, method: string, right: string): Asked {
    const query = readQuery(body, method)
    const table = tables.get(query.table)
    if (table === undefined) {
      throw new DcpError('ENOTABLE', `there is no table ${query.table.slice(0, 80)}`)
    }
    const key = `${service}.jnu.${table.name}`
    const caller = authority.callerOf(signer, `${key}.${right}`)
    // What adds a row where there is none to change is a right of its own.
    if (query.variant === 'changeOrAdd') authority.callerOf(signer, `${key}.add.changeMiss`)
    return { table, query, caller }
  }

  function checkVariant({ variant }: Query, ...known: readonly string[]): void {
    if (known.includes(variant)) return
    throw new DcpError('EINVAL', `"options.variant" must be one of ${known.join(', ')}`)
  }

  return signedPostRoutes(
    {
      path,
      bodyBytes: postBytes,
      methods: {
        schema({ body }) {
          return { schemaKVIN: schemaDocument(service, options.tables, labelOf(body)) }
        },
        select(post) {
          const { table, query, caller } = ask(post, 'select', 'query')
          const what = writer.read((tx) => selectRows(tx, table, query, caller))
          return { resultsHeaderKVIN: { _serializeVerId: query.label, what } }
        },
        async add(post) {
          const { table, query, caller } = ask(post, 'add', 'add')
          checkVariant(query, 'add')
          const at = { caller, now: clock.now() }
          return { result: await writer.write((tx) => addRow(tx, table, query, at)) }
        },
        async change(post) {
          const { table, query, caller } = ask(post, 'change', 'change')
          checkVariant(query, 'change', 'changeOrAdd', 'changeMany')
          const at = { caller, now: clock.now() }
          return { result: await writer.write((tx) => changeRows(tx, table, query, at)) }
        },
        async delete(post) {
          const { table, query, caller } = ask(post, 'delete', 'delete')
          checkVariant(query, 'delete', 'deleteMany')
          return { result: await writer.write((tx) => deleteRows(tx, table, query, caller)) }
        },
      },
    },
    deps,
  )
}
