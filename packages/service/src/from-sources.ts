/** Node flags that run a module of ours in another process, from source or compiled. */
export function nodeFlags(entry: URL): string[] {
  if (!entry.pathname.endsWith('.ts')) return []
  return ['--conditions=@manyhands/source', '--import', import.meta.resolve('tsx')]
}
