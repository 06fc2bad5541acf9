/**
 * The names a work function may see. Everything else is taken off the global object, so that a name
 * which a newer runtime adds is hidden until somebody has thought about it.
 */
const language = [
  'AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array BigUint64Array',
  'Boolean DataView Date DisposableStack Error EvalError FinalizationRegistry Float16Array',
  'Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array Intl Iterator JSON',
  'Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set String',
  'SuppressedError Symbol SyntaxError Temporal TypeError URIError Uint16Array Uint32Array',
  'Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet decodeURI decodeURIComponent encodeURI',
  'encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt undefined unescape',
  'WebAssembly',
]

const web = [
  'AbortController AbortSignal Blob ByteLengthQueuingStrategy CompressionStream',
  'CountQueuingStrategy Crypto CryptoKey CustomEvent DOMException DecompressionStream ErrorEvent',
  'Event EventTarget File FormData Headers MessageEvent PromiseRejectionEvent ReadableStream',
  'ReadableStreamDefaultReader Request Response SubtleCrypto TextDecoder TextDecoderStream',
  'TextEncoder TextEncoderStream TransformStream URL URLSearchParams WorkerGlobalScope',
  'WritableStream WritableStreamDefaultWriter atob btoa crypto isSecureContext queueMicrotask',
  'reportError self structuredClone',
]

/** Put there by the harness, after the hardening. */
const ours = [
  'addEventListener bravojs clearInterval clearTimeout console dispatchEvent fetch importScripts',
  'location module navigator onerror onmessage performance postMessage progress',
  'removeEventListener require setImmediate setInterval setTimeout work',
]

function names(lines: readonly string[]): string[] {
  return lines.flatMap((line) => line.split(' '))
}

/** Every global name a work function can see; those of a granted graphics processor are added. */
export const visibleNames: Set<string> = new Set([
  ...names(language),
  ...names(web),
  ...names(ours),
])
