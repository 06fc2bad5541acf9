/**
 * The second wall before the official worker, whose decoder evaluates constructor names: a closed
 * table of the forms our guest writes (wire-protocol appendix A). What is not in it is refused,
 * whoever has written it.
 */
type Form = Readonly<Record<string, unknown>>

/** Constructors by number or name, and which of the other members they go with. */
const byArgument: ReadonlySet<unknown> = new Set([11, 12, 13, 18, 19, 'Error'])
const byBytes: ReadonlySet<unknown> = new Set([
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  8,
  9,
  'ArrayBuffer',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
])
const byteMembers = new Set(['ctr', 'ab8', 'ab16', 'isl8', 'isl16', 'len', 'eb'])

/** What a sandbox may not say; its session ends. */
export class RefusedLine extends Error {
  override readonly name = 'RefusedLine'
}

function refuse(what: string): never {
  throw new RefusedLine(what)
}

function isForm(value: unknown): value is Form {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function onlyMembers(form: Form, names: readonly string[]): void {
  for (const name of Object.keys(form)) {
    if (!names.includes(name)) refuse(`a member ${name.slice(0, 32)} where none may be`)
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** No key of any object may reach a prototype. */
function checkJson(value: unknown): void {
  if (Array.isArray(value)) for (const element of value as unknown[]) checkJson(element)
  else if (isForm(value)) {
    for (const key of Object.keys(value)) {
      if (key === '__proto__') refuse('a member __proto__')
      checkJson(value[key])
    }
  }
}

function checkProperties(properties: unknown): void {
  if (properties === undefined) return
  if (!isForm(properties)) refuse('properties that are no object')
  for (const key of Object.keys(properties)) {
    if (key === '__proto__') refuse('a member __proto__')
    checkPrepared(properties[key])
  }
}

function checkIslands(islands: unknown): void {
  if (islands === undefined) return
  if (!Array.isArray(islands)) refuse('islands that are no array')
  for (const island of islands as unknown[]) {
    if (!isForm(island) || !isCount(island['@'])) refuse('an island without a place')
    onlyMembers(island, ['@', 'arr'])
    const elements = island['arr']
    // Short islands are plain lists, longer ones forms of their own.
    if (isForm(elements)) checkArray(elements)
    else checkArray({ arr: elements })
  }
}

function checkArray(form: Form): void {
  onlyMembers(form, ['arr', 'isl', 'len', 'ps'])
  if (!Array.isArray(form['arr'])) refuse('an array form without its array')
  if (form['len'] !== undefined && !isCount(form['len'])) refuse('a length')
  for (const element of form['arr'] as unknown[]) {
    if (isForm(element) && Object.hasOwn(element, 'lst')) {
      onlyMembers(element, ['lst'])
      if (!isCount(element['lst'])) refuse('a run')
    } else checkPrepared(element)
  }
  checkIslands(form['isl'])
  checkProperties(form['ps'])
}

function checkByteIslands(islands: unknown): void {
  if (islands === undefined) return
  if (!Array.isArray(islands)) refuse('islands that are no array')
  for (const island of islands as unknown[]) {
    if (!isForm(island)) refuse('an island')
    onlyMembers(island, ['0', '@'])
    if (!isText(island['0']) || !isCount(island['@'])) refuse('an island')
  }
}

function checkBytes(form: Form): void {
  onlyMembers(form, [...byteMembers])
  for (const name of ['ab8', 'ab16']) {
    if (form[name] !== undefined && !isText(form[name])) refuse('bytes that are no text')
  }
  for (const name of ['len', 'eb']) {
    if (form[name] !== undefined && !isCount(form[name])) refuse('a length')
  }
  checkByteIslands(form['isl8'])
  checkByteIslands(form['isl16'])
}

function checkConstructed(form: Form): void {
  const { ctr, arg, args } = form
  if (ctr === 0) onlyMembers(form, ['ctr', 'ps'])
  else if (ctr === 10) {
    onlyMembers(form, ['ctr', 'args', 'ps'])
    if (!Array.isArray(args) || args.length !== 2 || !args.every(isText)) refuse('a pattern')
  } else if (byBytes.has(ctr)) return checkBytes(form)
  else if (byArgument.has(ctr)) {
    onlyMembers(form, ['ctr', 'arg', 'ps'])
    if (!isText(arg)) refuse('an argument that is no text')
  } else refuse(`the constructor ${JSON.stringify(ctr)?.slice(0, 32)}`)
  checkProperties(form['ps'])
}

function checkMap(form: Form): void {
  onlyMembers(form, ['mapKeys', 'mapVals', 'ps'])
  for (const name of ['mapKeys', 'mapVals']) {
    const elements = form[name]
    if (!isForm(elements)) refuse('a map without its arrays')
    checkArray(elements)
  }
  checkProperties(form['ps'])
}

const simple: Readonly<Record<string, (value: unknown) => boolean>> = {
  undefined: (value) => value === true,
  number: (value) => value === 'NaN' || value === 'Infinity' || value === '-Infinity',
  bigint: (value) => typeof value === 'string' && /^-?\d{1,100000}$/.test(value),
  symbol: isText,
  json: (value) => value === '-0',
  seen: isCount,
}

/** @throws RefusedLine when the value is not one that our guest would write. */
export function checkPrepared(value: unknown): void {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return
  if (!isForm(value)) refuse('a value that is none')
  if (Object.hasOwn(value, 'raw')) {
    onlyMembers(value, ['raw'])
    checkJson(value['raw'])
  } else if (Object.hasOwn(value, 'arr')) checkArray(value)
  else if (Object.hasOwn(value, 'ctr')) checkConstructed(value)
  else if (Object.hasOwn(value, 'mapKeys')) checkMap(value)
  else if (Object.hasOwn(value, 'set')) {
    onlyMembers(value, ['set'])
    const elements = value['set']
    if (!isForm(elements)) refuse('a set without its array')
    checkArray(elements)
  } else {
    const [name = '', ...more] = Object.keys(value)
    // A symbol without a description loses its only member in JSON.
    if (name === '' && more.length === 0) return
    const isRight = Object.hasOwn(simple, name) ? simple[name] : undefined
    if (more.length > 0 || isRight?.(value[name]) !== true) {
      refuse(`a form ${name.slice(0, 32)} that is not in the table`)
    }
  }
}
