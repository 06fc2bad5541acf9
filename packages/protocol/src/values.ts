/**
 * Values as official programs exchange them one by one (operations §15): serialised values, data
 * URIs of form B (base64, safe under any percent-decoding) and, for work functions, form E.
 */
import { DcpError } from './errors.ts'
import { notStoredUri } from './constants.ts'
import { columnValues, documentText, preparedOfDocument, prepareText } from './kvin/column.ts'
import { deserialize, parseDocument, serialize, unmarshal } from './kvin/document.ts'
import { kvinDepthMax, workFunctionMax } from './limits.ts'
import { checkDepth } from './kvin/prepared.ts'
import { quote } from './quote.ts'
import type { EncodeOptions } from './kvin/prepare.ts'

/** One value as text, with how to read it. */
export interface SerializedValue {
  readonly string: string
  readonly method: 'json' | 'kvin'
  readonly MIMEType: 'application/json' | 'application/x-kvin'
}

/** Serialises as official programs do: strings, booleans and what has a `toJSON` as JSON, the rest as KVIN. */
export function serializeValue(value: unknown, options: EncodeOptions = {}): SerializedValue {
  const json = isJsonValue(value) ? JSON.stringify(value) : undefined
  if (json !== undefined) return { string: json, method: 'json', MIMEType: 'application/json' }
  return { string: serialize(value, options), method: 'kvin', MIMEType: 'application/x-kvin' }
}

function isJsonValue(value: unknown): boolean {
  if (typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false
  return 'toJSON' in value && typeof value.toJSON === 'function'
}

/** The value of a serialised value; throws EFORMAT. */
export function deserializeValue(value: unknown): unknown {
  const { string, method } = checkSerialized(value)
  return method === 'json' ? parseDocument(string) : deserialize(string)
}

/** The prepared text of a serialised value; throws EFORMAT when it is not what it says. */
export function preparedOfSerialized(value: unknown): string {
  const { string, method } = checkSerialized(value)
  if (method === 'kvin') return preparedOfDocument(string)
  const parsed = parseDocument(string)
  checkDepth(parsed, kvinDepthMax)
  return typeof parsed === 'object' ? `{"raw":${JSON.stringify(parsed)}}` : prepareText(parsed)
}

function checkSerialized(value: unknown): SerializedValue {
  if (typeof value === 'object' && value !== null && 'string' in value && 'method' in value) {
    const { string, method } = value
    if (typeof string === 'string' && (method === 'json' || method === 'kvin')) {
      return value as SerializedValue
    }
  }
  throw new DcpError('EFORMAT', 'a serialised value must have "string" and "method" json or kvin')
}

/** Form B of a serialised value, its KVIN labelled `v8`. */
export function serializedUri(value: unknown): string {
  const { string, method } = checkSerialized(value)
  return method === 'json' ? jsonTextUri(string) : kvinUri(preparedOfDocument(string))
}

/** The prepared text of a worker's `resultV2`: a marshalled serialised value. Throws EFORMAT. */
export function preparedOfResult(resultV2: unknown): string {
  return preparedOfSerialized(unmarshal(resultV2))
}

/**
 * The arguments of a job as URIs, in order: form B of values, the location of remote ones. Throws
 * EFORMAT for `marshaledArguments` of any other shape.
 */
export function argumentUris(marshaledArguments: unknown): string[] {
  return columnValues(marshaledArguments).map((argument) =>
    argument instanceof URL ? argument.href : serializedUri(argument),
  )
}

/** `K(P)`: form B of a prepared text. */
export function kvinUri(prepared: string): string {
  return `data:application/x-kvin;base64,${base64(documentText(prepared))}`
}

/** `J(v)`: form B of a value's JSON. */
export function jsonUri(value: unknown): string {
  return jsonTextUri(JSON.stringify(value) ?? 'null')
}

function jsonTextUri(text: string): string {
  return `data:application/json;base64,${base64(text)}`
}

/** Form B of a prepared text as results have it: JSON for strings and booleans, KVIN for the rest. */
export function valueUri(prepared: string): string {
  const document = valueDocument(prepared)
  return document.startsWith('{') ? kvinUri(document) : jsonTextUri(document)
}

/**
 * A prepared text as a document that can stand at a location of its own: the JSON of strings and
 * booleans, KVIN for the rest, which begins with a brace. It is a prepared text of the value, too.
 */
export function valueDocument(prepared: string): string {
  const isRaw = prepared.startsWith('{"raw":')
  const raw = isRaw ? /^\{"raw":("[^]*"|true|false)\}$/.exec(prepared)?.[1] : undefined
  const text = raw ?? prepared
  const isJson = text.startsWith('"') || text === 'true' || text === 'false'
  return isJson ? text : documentText(prepared)
}

const urlConstructors: ReadonlySet<unknown> = new Set([18, 'URL', 'DcpURL', 'dcpUrl$$DcpURL'])
const urlForm = /"ctr":(?:18|"URL"|"DcpURL"|"dcpUrl\$\$DcpURL")[,}]/

/** Longest prepared text of a URL that is looked at. */
const urlTextMax = 32_768

/**
 * The location that a prepared text says, when it is a URL by itself: such a value stands for what is
 * there (operations §15.3). Undefined for every other value.
 */
export function locationOf(prepared: string): string | undefined {
  if (prepared.length > urlTextMax || !prepared.startsWith('{')) return undefined
  if (!urlForm.test(prepared)) return undefined
  const { ctr, arg } = JSON.parse(prepared) as { readonly ctr?: unknown; readonly arg?: unknown }
  const isUrl = urlConstructors.has(ctr) && typeof arg === 'string' && URL.canParse(arg)
  return isUrl ? new URL(arg).href : undefined
}

/** Base64 of a JSON text, all of its characters made ASCII by escapes first. */
function base64(text: string): string {
  return btoa(
    text.replace(
      /[\u0080-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  )
}

/**
 * The value of a data URI; the URI of a value that was not stored stands for itself. Throws EBADARG
 * for other URIs and EFORMAT for content that is not what its type says.
 */
export function decodeValueUri(uri: string): unknown {
  if (uri === notStoredUri) return uri
  const { type, bytes, text } = parseDataUri(uri)
  if (type === 'application/json') return parseDocument(text())
  if (type === 'application/x-kvin') return deserialize(text())
  if (type === '' || type.startsWith('text/')) return text()
  return bytes()
}

/** Form E of a work function's source: `data:,` and the percent-encoded text. Throws EBADARG. */
export function encodeWorkFunctionUri(source: string): string {
  try {
    return `data:,${encodeURI(source)}`
  } catch (cause) {
    throw new DcpError('EBADARG', 'the work function holds half a character (a lone surrogate)', {
      cause,
    })
  }
}

/** The source text of a work function from a data URI, however its sender quoted it. Throws EBADARG, EWORKTOOBIG. */
export function decodeWorkFunctionUri(uri: string): string {
  let value: unknown
  try {
    value = decodeValueUri(uri)
  } catch (cause) {
    throw new DcpError('EBADARG', `the work function's URI is malformed: ${quote(uri)}`, { cause })
  }
  if (typeof value === 'string' && value !== notStoredUri) {
    if (value.length <= workFunctionMax) return value
    throw new DcpError('EWORKTOOBIG', `the work function has over ${workFunctionMax} characters`)
  }
  throw new DcpError('EBADARG', `the work function must be text, not ${quote(uri)}`)
}

interface DataUri {
  readonly type: string
  readonly bytes: () => Uint8Array
  readonly text: () => string
}

function parseDataUri(uri: string): DataUri {
  const comma = uri.indexOf(',')
  if (uri.slice(0, 5).toLowerCase() !== 'data:' || comma < 0) {
    throw new DcpError('EBADARG', `a data URI is needed, not ${quote(uri)}`)
  }
  const [type = '', ...parameters] = uri.slice(5, comma).toLowerCase().split(';')
  const isBase64 = parameters.at(-1)?.trim() === 'base64'
  const content = uri.slice(comma + 1)
  const bytes = isBase64
    ? (): Uint8Array => decodeBase64(content)
    : (): Uint8Array => new TextEncoder().encode(percentDecode(content))
  const text = isBase64
    ? (): string => new TextDecoder().decode(decodeBase64(content))
    : (): string => percentDecode(content)
  return { type: type.trim(), bytes, text }
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new DcpError('EBADARG', 'a data URI holds a malformed percent escape', { cause })
  }
}

function decodeBase64(text: string): Uint8Array {
  let binary: string
  try {
    binary = atob(text.includes('%') ? percentDecode(text) : text)
  } catch (cause) {
    throw new DcpError('EBADARG', 'a data URI holds malformed base64', { cause })
  }
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}
