/**
 * The schema that a client fetches first (operations §13.4). Programs compare column types by
 * identity, so each type is written once and referred to afterwards, by its place among the objects
 * of the document; that is why it is put together here by hand.
 */
import type { KvinLabel, Marshalled } from '@manyhands/protocol'

import { columnTypes } from './column-types.ts'
import type { ColumnTypeName } from './column-types.ts'
import type { Table } from './table.ts'

export function schemaDocument(
  label: string,
  tables: readonly Table[],
  version: KvinLabel,
): Marshalled {
  let objects = 0
  const places = new Map<ColumnTypeName, number>()

  function object(members: () => Readonly<Record<string, unknown>>): unknown {
    objects += 1
    return { ctr: 0, ps: members() }
  }

  function typeForm(name: ColumnTypeName): unknown {
    places.set(name, objects)
    objects += 1
    const { description, traits } = columnTypes[name]
    const members = Object.entries({ description, ...traits })
    const ps = Object.fromEntries(members.map(([key, raw]) => [key, { raw }]))
    return { ctr: 'ColumnType', ps }
  }

  function tableForm({ columns, derived = {} }: Table): unknown {
    const types = Object.entries({ ...columns, ...derived })
    return object(() =>
      Object.fromEntries(types.map(([name, { type }]) => [name, { seen: places.get(type) }])),
    )
  }

  const what = object(() => ({
    classes: { raw: {} },
    serializers: { raw: {} },
    columnTypes: object(() =>
      Object.fromEntries(
        (Object.keys(columnTypes) as ColumnTypeName[]).map((name) => [name, typeForm(name)]),
      ),
    ),
    tables: object(() => Object.fromEntries(tables.map((table) => [table.name, tableForm(table)]))),
    views: { raw: {} },
    label: { raw: label },
  }))
  return { _serializeVerId: version, what }
}
