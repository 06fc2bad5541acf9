/** Node flags that run a module of ours in another process or thread, from source or compiled. */
export function nodeFlags(entry: URL): string[] {
  if (!entry.pathname.endsWith('.ts')) return []
  return ['--conditions=@manyhands/source', '--import', import.meta.resolve('tsx')]
}

/** URL to hand to `new Worker`: Node 20 does not apply `--import` loaders inside threads. */
export function threadUrl(entry: URL): URL {
  if (!entry.pathname.endsWith('.ts')) return entry
  const api = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  const boot = `import {register} from ${api};register();await import(${JSON.stringify(entry.href)})`
  return new URL(`data:text/javascript,${encodeURIComponent(boot)}`)
}
