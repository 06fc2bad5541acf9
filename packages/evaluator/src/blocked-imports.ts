/**
 * The import map of a sandbox: modules of Node that Deno would give to `import()` resolve to one that
 * throws. Their functions are denied anyway; this keeps their code out of reach too.
 */
const plain = [
  '_http_agent _http_client _http_common _http_incoming _http_outgoing _http_server',
  '_stream_duplex _stream_passthrough _stream_readable _stream_transform _stream_wrap',
  '_stream_writable _tls_common _tls_wrap assert assert/strict async_hooks buffer child_process',
  'cluster console constants crypto dgram diagnostics_channel dns dns/promises domain events fs',
  'fs/promises http http2 https inspector inspector/promises module net os path path/posix',
  'path/win32 perf_hooks process punycode querystring readline readline/promises repl stream',
  'stream/consumers stream/promises stream/web string_decoder sys timers timers/promises tls',
  'trace_events tty url util util/types v8 vm wasi worker_threads zlib',
].flatMap((line) => line.split(' '))

const onlyPrefixed = ['ffi', 'quic', 'sea', 'sqlite', 'test', 'test/reporters']
const refusal = 'data:text/javascript,throw new TypeError("this module is not available")'

const names = [...plain, ...[...plain, ...onlyPrefixed].map((name) => `node:${name}`)]
const imports = Object.fromEntries(names.map((name) => [name, refusal]))

/** The map as a URL, so that no file has to be readable for it. */
export const blockedImports: string = `data:application/json,${encodeURIComponent(
  JSON.stringify({ imports }),
)}`
