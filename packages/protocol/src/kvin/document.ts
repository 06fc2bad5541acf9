/** KVIN documents: a version label around a prepared value, as an object or as text. */
import { createEncoder } from './prepare.ts'
import { formatError, isForm } from './prepared.ts'
import { createDecoder, unprepareTop } from './unprepare.ts'
import type { EncodeOptions } from './prepare.ts'
import type { Marshalled } from './prepared.ts'

/**
 * Encodes a value as a KVIN document. Functions, promises and weak collections throw EBADARG that
 * names their place; instances of unknown classes become plain objects.
 *
 * The document may share parts with the value: write it out before the value changes.
 */
export function marshal(value: unknown, options: EncodeOptions = {}): Marshalled {
  return {
    _serializeVerId: options.label ?? 'v9',
    what: createEncoder(options).prepare(value),
  }
}

/**
 * Decodes a KVIN document of version 8 or 9 from anybody. Throws EFORMAT for every form or type
 * outside the closed table, for text nested too deep and for text that expands beyond its limits.
 */
export function unmarshal(document: unknown): unknown {
  return unprepareTop(createDecoder(), document)
}

/** The text of `marshal(value)`. */
export function serialize(value: unknown, options: EncodeOptions = {}): string {
  return JSON.stringify(marshal(value, options))
}

/** The value of a KVIN text; throws EFORMAT. */
export function deserialize(text: string): unknown {
  return unmarshal(parseDocument(text))
}

/** Parses the JSON of a document and checks nothing else. */
export function parseDocument(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw formatError('the text is not JSON', cause)
  }
}

const head9 = '{"_serializeVerId":"v9"'
const head8 = '{"_serializeVerId":"v8"'

/**
 * Labels a document's text `v8`, which every official program reads (operations §15.7). Only the
 * outermost label changes: labels in strings are data. Throws EFORMAT when it is no document.
 */
export function relabel(text: string): string {
  if (text.startsWith(head8)) return text
  if (text.startsWith(head9)) return head8 + text.slice(head9.length)
  const document = parseDocument(text)
  if (!isForm(document) || !Object.hasOwn(document, 'what')) throw formatError('not a document')
  return JSON.stringify({ _serializeVerId: 'v8', what: document['what'] })
}
