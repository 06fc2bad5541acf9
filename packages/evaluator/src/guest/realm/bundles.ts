/**
 * Bundles of local modules, as the official client makes them: one text that is no module itself but
 * reaches into BravoJS, leaves finished modules there, and says by which names they are required. All
 * of it is the guest's own, and nothing in it is trusted.
 */

/** What such a text finds under the name `bravojs`, and may write to. */
interface Bravo {
  /** Below which directories modules without a path are found. */
  readonly paths: string[]
  /** Finished modules by canonical id. */
  readonly requireMemo: Record<string, unknown>
  /** Where relative names of the work function begin; empty: nowhere in particular. */
  mainModuleDir: unknown
  /** Turns a name that nobody knows into a canonical id. */
  globalResolveHook: unknown
  /** Where a `require` is put for the work function, which has its own. */
  readonly global: Record<string, unknown>
}

export interface Bundles {
  readonly bravojs: object
  has(id: string): boolean
  get(id: string): unknown
  /** The id of the work function, of which only the directory matters. */
  main(): string
  /** The id that a bundle gives to a name. */
  resolve(id: string): string
}

export function createBundles(paths: string[]): Bundles {
  const bravo: Bravo = {
    paths,
    requireMemo: {},
    mainModuleDir: '',
    globalResolveHook: undefined,
    global: {},
  }
  return {
    bravojs: bravo,
    has: (id) => Object.hasOwn(bravo.requireMemo, id),
    get: (id) => bravo.requireMemo[id],
    main() {
      const directory = bravo.mainModuleDir
      return typeof directory === 'string' && directory !== '' ? `${directory}/main` : ''
    },
    resolve(id) {
      const hook = bravo.globalResolveHook
      return typeof hook === 'function' ? String((hook as (id: string) => unknown)(id)) : id
    },
  }
}
