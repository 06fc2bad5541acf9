/**
 * The types that columns have for clients (operations §13.4): a closed table, which travels with
 * every schema. What a type is stored as is decided by its kind.
 */

/** How a value is stored, and what it is for a program. */
export type ColumnKind =
  | 'integer'
  | 'float'
  | 'seconds'
  | 'date'
  | 'text'
  | 'boolean'
  | 'bigint'
  | 'decimal'
  | 'url'
  | 'json'
  | 'kvin'
  | 'address'

export type ColumnTypeName =
  | 'int53'
  | 'id'
  | 'uniqueId'
  | 'primaryId'
  | 'autoId'
  | 'unixTime'
  | 'timestamp'
  | 'autoNow'
  | 'string'
  | 'ciString'
  | 'identifier'
  | 'opaqueId'
  | 'string64k'
  | 'stringUB'
  | 'bool'
  | 'integer'
  | 'uinteger'
  | 'tinyInt'
  | 'tinyUint'
  | 'float'
  | 'bigInt'
  | 'finNum'
  | 'URI'
  | 'url'
  | 'json'
  | 'kvin'
  | 'ethAddress'
  | 'autoAddress'

export interface ColumnType {
  readonly kind: ColumnKind
  readonly description: string
  /** What a client is told of it besides. */
  readonly traits: Readonly<Record<string, string | number | boolean>>
}

function type(
  kind: ColumnKind,
  description: string,
  traits: ColumnType['traits'] = {},
): ColumnType {
  return { kind, description, traits }
}

const int53 = type('integer', 'integers up to 53 bits', { jsType: 'number' })
const text = type('text', 'text of at most 256 bytes', { jsType: 'string' })
const timestamp = type('date', 'milliseconds since 1970', { timestamp: 'javascript' })
const ethAddress = type('address', 'an address')

function refine(base: ColumnType, traits: ColumnType['traits']): ColumnType {
  return { ...base, traits: { ...base.traits, ...traits } }
}

const id = refine(int53, { isKey: true })
const primaryId = refine(id, { primaryKey: true })
const identifier = refine(text, { identifier: true })

export const columnTypes: Readonly<Record<ColumnTypeName, ColumnType>> = {
  int53,
  id,
  uniqueId: refine(id, { uniqueConstraint: true, notNullConstraint: true }),
  primaryId,
  autoId: refine(primaryId, { autoIncrement: true }),
  unixTime: type('seconds', 'seconds since 1970', { timestamp: 'unix' }),
  timestamp,
  autoNow: refine(timestamp, { notNullConstraint: true }),
  string: text,
  ciString: refine(text, { caseInsensitive: true }),
  identifier,
  opaqueId: refine(identifier, { length: 22 }),
  string64k: type('text', 'text of at most 64 KiB', { jsType: 'string' }),
  stringUB: type('text', 'text of any length', { jsType: 'string' }),
  bool: type('boolean', 'true or false', { jsType: 'boolean' }),
  integer: type('integer', 'integers of 32 bits', { jsType: 'number' }),
  uinteger: type('integer', 'integers from 0 of 32 bits', { jsType: 'number' }),
  tinyInt: type('integer', 'integers of 8 bits', { jsType: 'number' }),
  tinyUint: type('integer', 'integers from 0 of 8 bits', { jsType: 'number' }),
  float: type('float', 'numbers of 64 bits', { jsType: 'number' }),
  bigInt: type('bigint', 'integers of any length', { jsType: 'bigint' }),
  finNum: type('decimal', 'an amount of credits'),
  URI: type('text', 'a location, or data itself', { jsType: 'string' }),
  url: type('url', 'a location'),
  json: type('json', 'JSON data'),
  kvin: type('kvin', 'KVIN data'),
  ethAddress,
  autoAddress: ethAddress,
}
