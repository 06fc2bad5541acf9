/**
 * The closed table of everything a KVIN text may construct (wire-protocol appendix A). Numbers are
 * positions in the official table. A name that is not here is refused: no constructor is ever
 * looked up by a name from data.
 */

/** What `{ctr: …}` stands for. */
export type Kind =
  | 'object'
  | 'array'
  | 'bytes'
  | 'regexp'
  | 'number'
  | 'string'
  | 'boolean'
  | 'error'
  | 'url'
  | 'address'
  | 'date'
  | 'bigNumber'
  | 'refused'

/** Makes a view of a whole buffer; throws RangeError when its length does not fit. */
export type ViewOf = (buffer: ArrayBuffer) => ArrayBufferView | ArrayBuffer

export interface Constructor {
  readonly kind: Kind
  readonly view?: ViewOf
}

const of = (kind: Kind): Constructor => ({ kind })
const view = (make: ViewOf): Constructor => ({ kind: 'bytes', view: make })

const byNumber: readonly (readonly [name: string, constructor: Constructor])[] = [
  ['Object', of('object')],
  ['Int8Array', view((buffer) => new Int8Array(buffer))],
  ['Uint8Array', view((buffer) => new Uint8Array(buffer))],
  ['Uint8ClampedArray', view((buffer) => new Uint8ClampedArray(buffer))],
  ['Int16Array', view((buffer) => new Int16Array(buffer))],
  ['Uint16Array', view((buffer) => new Uint16Array(buffer))],
  ['Int32Array', view((buffer) => new Int32Array(buffer))],
  ['Uint32Array', view((buffer) => new Uint32Array(buffer))],
  ['Float32Array', view((buffer) => new Float32Array(buffer))],
  ['Float64Array', view((buffer) => new Float64Array(buffer))],
  ['RegExp', of('regexp')],
  ['Number', of('number')],
  ['String', of('string')],
  ['Boolean', of('boolean')],
  ['Array', of('array')],
  ['Function', of('refused')],
  ['Error', of('error')],
  ['Promise', of('refused')],
  ['URL', of('url')],
  ['Date', of('date')],
  ['Set', of('refused')],
]

/** Without a number: the official encoder writes their names. */
const byNameOnly: readonly (readonly [name: string, constructor: Constructor])[] = [
  ['BigInt64Array', view((buffer) => new BigInt64Array(buffer))],
  ['BigUint64Array', view((buffer) => new BigUint64Array(buffer))],
  ['DataView', view((buffer) => new DataView(buffer))],
  ['ArrayBuffer', view((buffer) => buffer)],
  // Node's subclass of Uint8Array; the plain one is what exists everywhere.
  ['Buffer', view((buffer) => new Uint8Array(buffer))],
  ['EvalError', of('error')],
  ['RangeError', of('error')],
  ['ReferenceError', of('error')],
  ['SyntaxError', of('error')],
  ['TypeError', of('error')],
  ['URIError', of('error')],
  ['BigNumber', of('bigNumber')],
  ['DcpURL', of('url')],
  ['dcpUrl$$DcpURL', of('url')],
  ['Address', of('address')],
  ['dcpEth$$Address', of('address')],
]

const names: ReadonlyMap<string, Constructor> = new Map([...byNumber, ...byNameOnly])

/** The constructor of a `ctr` member, or undefined when it is not in the table. */
export function constructorOf(label: unknown): Constructor | undefined {
  if (typeof label === 'number') return byNumber[label]?.[1]
  return typeof label === 'string' ? names.get(label) : undefined
}

/** What the encoder writes for a type of the table: its number, else its name. */
export function labelOf(name: string): number | string {
  const number = byNumber.findIndex((entry) => entry[0] === name)
  return number < 0 ? name : number
}
