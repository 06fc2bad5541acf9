/**
 * Columns and self-contained prepared texts: what the store keeps of a slice's input or result, and
 * how many of them travel in one message (operations §22.1).
 *
 * A prepared text is the JSON of one prepared value that depends on nothing around it. A value with
 * references inside itself is written as a whole document, whose references count from its own
 * beginning, so that it may stand anywhere.
 */
import { kvinDepthMax, kvinElementsMax } from '../limits.ts'
import { quote } from '../quote.ts'
import { parseDocument, relabel, unmarshal } from './document.ts'
import { createEncoder } from './prepare.ts'
import { checkDepth, formatError, isForm } from './prepared.ts'
import { isBare } from './raw.ts'
import { createDecoder } from './unprepare.ts'
import { runLength } from './unprepare-array.ts'
import { writtenJson } from '../written-json.ts'
import type { Form } from './prepared.ts'
import type { Column } from '../operations/columns.ts'

/** The only way JSON text can begin a reference; strings may hold it too, which costs a detour only. */
const referenceText = '{"seen":'

/** A level of a value is at most two levels of its prepared form's JSON. */
const preparedLevels = 2 * kvinDepthMax

const documentHead = '{"_serializeVerId":'

/** The self-contained prepared text of a value; throws EBADARG as `marshal` does. */
export function prepareText(value: unknown): string {
  return JSON.stringify(prepareAlone(value))
}

/** As an element of an array, which is where a prepared value stands, a string needs no wrapping. */
function prepareAlone(value: unknown): unknown {
  if (isBare(value)) return value
  const encoder = createEncoder({ label: 'v9' })
  const prepared = encoder.prepare(value)
  return encoder.refers ? { _serializeVerId: 'v8', what: prepared } : prepared
}

/** The value of a prepared text; throws EFORMAT. */
export function parsePrepared(text: string): unknown {
  return createDecoder().unprepare(parseDocument(text))
}

/** The document that holds a prepared text, labelled `v8`. */
export function documentText(prepared: string): string {
  if (prepared.startsWith(documentHead)) return relabel(prepared)
  return `{"_serializeVerId":"v8","what":${prepared}}`
}

/** The prepared text of a document's text; throws EFORMAT when it is no document. */
export function preparedOfDocument(text: string): string {
  const document = parseDocument(text)
  if (!isForm(document) || !Object.hasOwn(document, 'what')) throw formatError('not a document')
  return preparedElement(document['what']) ?? relabel(text)
}

/**
 * The elements of a marshalled array as prepared texts, runs expanded and references resolved.
 * Throws EFORMAT when it is not a marshalled array.
 */
export function splitColumn(marshalled: unknown): string[] {
  const what = isForm(marshalled) ? marshalled['what'] : undefined
  if (!isForm(what)) throw formatError('a column must be a marshalled array')
  if (Object.hasOwn(what, 'raw')) return splitRaw(what['raw'])
  const source = what['arr']
  const isSimple = !['isl', 'ps', 'len'].some((name) => Object.hasOwn(what, name))
  if (!Array.isArray(source)) throw formatError('a column must be a marshalled array')
  return (isSimple ? splitElements(source) : undefined) ?? splitDecoded(marshalled)
}

function splitRaw(source: unknown): string[] {
  if (!Array.isArray(source)) throw formatError('a column must be a marshalled array')
  checkDepth(source, kvinDepthMax)
  return source.map((element: unknown) => {
    const text = JSON.stringify(element)
    return typeof element === 'object' ? `{"raw":${text}}` : text
  })
}

/** Undefined when an element holds a reference, for which the whole array is needed. */
function splitElements(source: readonly unknown[]): string[] | undefined {
  const texts: string[] = []
  for (const element of source) {
    if (isForm(element) && Object.hasOwn(element, 'lst')) {
      const last = texts.at(-1)
      if (last === undefined) throw formatError('a run needs an element before it')
      const count = runLength(element)
      if (texts.length + count > kvinElementsMax) tooLong()
      for (let i = 0; i < count; i++) texts.push(last)
      continue
    }
    const text = preparedElement(element)
    if (text === undefined) return undefined
    texts.push(text)
  }
  return texts
}

function tooLong(): never {
  throw formatError(`a column of more than ${kvinElementsMax} elements`)
}

/** The text of a prepared value; undefined when it holds a reference. */
function preparedElement(element: unknown): string | undefined {
  // JSON spells numbers that are no ordinary ones, such as 1e999.
  if (typeof element !== 'object') return prepareText(element)
  if (!isForm(element)) throw formatError(`${quote(element)} is not a prepared value`)
  // Neither may stand for a value of its own: in a column it would change its neighbours.
  if (Object.hasOwn(element, 'lst')) throw formatError('a run is not a value')
  checkDepth(element, preparedLevels)
  const text = JSON.stringify(element)
  return text.includes(referenceText) && !isDocument(element) ? undefined : text
}

function isDocument(element: Form): boolean {
  return (
    Object.hasOwn(element, '_serializeVerId') &&
    Object.keys(element).join() === '_serializeVerId,what'
  )
}

/** The careful way: decodes the array and prepares each element by itself. */
function splitDecoded(marshalled: unknown): string[] {
  const values = unmarshal(marshalled)
  if (!Array.isArray(values)) throw formatError('a column must be a marshalled array')
  return Array.from(values, (value: unknown) => prepareText(value))
}

/** Prepared texts as one column. The texts must come from this module's functions. */
export function joinColumn(texts: readonly string[]): Column {
  const what = writtenJson<Column['what']>(`{"arr":[${texts.join()}]}`, ['arr'])
  return { _serializeVerId: 'v8', what }
}

/** The values of a column, one per element; throws EFORMAT. */
export function columnValues(column: unknown): unknown[] {
  const values = unmarshal(column)
  if (!Array.isArray(values)) throw formatError('a column must be a marshalled array')
  return values
}

/**
 * A column of some values; unlike `marshal` it folds no runs and refers to nothing. It may share
 * parts with the values: write it out before they change.
 */
export function columnOf(values: readonly unknown[]): Column {
  return { _serializeVerId: 'v8', what: { arr: Array.from(values, prepareAlone) } }
}
