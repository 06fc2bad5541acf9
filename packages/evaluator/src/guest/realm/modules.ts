/**
 * CommonJS Modules/2.0 as work functions know it from BravoJS: `module.declare`, a synchronous
 * `require` of what is loaded, and `module.provide` for what is not. Sources come with the job or
 * are asked for; nothing is fetched here.
 */
import { guestLimits } from '../limits.ts'
import { createBundles } from './bundles.ts'
import { canonicalId } from './module-id.ts'

type Factory = (require: unknown, exports: unknown, module: unknown) => unknown
type Callback = () => unknown

/** Local name → canonical id. A plain dependency is its own name. */
type Labels = ReadonlyMap<string, string>

interface Declaration {
  readonly dependencies: Labels
  readonly factory: Factory
}

interface Memo {
  exports: unknown
}

export interface ModulesDeps {
  /** Asks for sources by canonical id; rejects with what the work function shall see. */
  readonly ask: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>
  /** Evaluates a module's text as the body of a function of `module`, `require` and `exports`. */
  readonly evaluate: (id: string, source: string) => (...parameters: unknown[]) => unknown
  /** For what fails in `module.provide` without anybody to tell. */
  readonly onUncaught: (thrown: unknown) => void
}

export interface Modules {
  /** `require`, `module` and `bravojs`, as the work function sees them. */
  readonly globals: Readonly<Record<string, unknown>>
  /** Sources that are here already; they are evaluated when something depends on them. */
  add(sources: ReadonlyMap<string, string>): void
  setPaths(requirePath: readonly string[], modulePath: readonly string[]): void
  /** Loads the modules and whatever they depend on. */
  provide(ids: readonly string[]): Promise<void>
  /** What a loaded module exports. */
  require(id: string): unknown
}

function missing(id: string): Error {
  return Object.assign(new Error(`there is no module ${id}`), { code: 'ENOMODULE' })
}

function labelsOf(dependencies: unknown, from: string): Labels {
  if (!Array.isArray(dependencies)) throw new TypeError('dependencies are given in an array')
  const labels = new Map<string, string>()
  for (const dependency of dependencies as unknown[]) {
    if (typeof dependency === 'string') labels.set(dependency, canonicalId(dependency, from))
    else if (typeof dependency === 'object' && dependency !== null) {
      for (const [label, id] of Object.entries(dependency)) {
        labels.set(label, canonicalId(String(id), from))
      }
    } else throw new TypeError('a dependency is a module id or an object of labelled ones')
  }
  return labels
}

/** Takes `declare(factory)` and `declare(dependencies, factory)`. */
function declarationOf(from: string, first: unknown, second: unknown): Declaration {
  const [dependencies, factory] = second === undefined ? [[], first] : [first, second]
  const run =
    typeof factory === 'function'
      ? (factory as Factory)
      : (_require: unknown, _exports: unknown, module: unknown) =>
          Object.assign(module as object, { exports: factory })
  return { dependencies: labelsOf(dependencies, from), factory: run }
}

export function createModules({ ask, evaluate, onUncaught }: ModulesDeps): Modules {
  const sources = new Map<string, string>()
  const declared = new Map<string, Declaration>()
  const memos = new Map<string, Memo>()
  let last: Promise<unknown> = Promise.resolve()
  const requirePaths: string[] = []
  const modulePaths: string[] = []
  const main: { exports: unknown } = { exports: {} }
  const bundles = createBundles(requirePaths)

  function isKnown(id: string): boolean {
    return memos.has(id) || declared.has(id) || bundles.has(id)
  }

  /** The id under which a module is loaded: itself, or below one of the paths. */
  function find(id: string, known: (id: string) => boolean): string | undefined {
    if (known(id)) return id
    return [...requirePaths, ...modulePaths]
      .map((path) => `${path}/${id}`)
      .find((candidate) => known(candidate))
  }

  function declare(id: string, declaration: Declaration): void {
    if (declared.size >= guestLimits.modulesMax && !declared.has(id)) {
      throw new RangeError(`more than ${guestLimits.modulesMax} modules (modulesMax)`)
    }
    declared.set(id, declaration)
  }

  function initialize(id: string): unknown {
    const known = memos.get(id)
    if (known !== undefined) return known.exports
    if (bundles.has(id)) return bundles.get(id)
    const declaration = declared.get(id)
    if (declaration === undefined) throw missing(id)
    const memo: Memo = { exports: {} }
    // Known before it runs: modules may depend on each other in a circle.
    memos.set(id, memo)
    const module = moduleObject(id, declaration.dependencies, memo)
    try {
      declaration.factory(requireFrom(id, declaration.dependencies), memo.exports, module)
    } catch (thrown) {
      memos.delete(id)
      throw thrown
    }
    return memo.exports
  }

  /** Declares the module of a text, and says what it depends on. */
  function evaluateSource(id: string, source: string): Labels {
    let declaration: Declaration | undefined
    const module = {
      id,
      declare: (first: unknown, second?: unknown) => {
        declaration = declarationOf(id, first, second)
      },
    }
    evaluate(id, source)(module, requireFrom(id, new Map()), {})
    if (declaration === undefined) {
      throw Object.assign(new Error(`the module ${id} does not call module.declare`), {
        code: 'ENOMODULE',
      })
    }
    declare(id, declaration)
    return declaration.dependencies
  }

  /** Everything is declared before its dependencies are loaded, so circles come to an end. */
  async function provideNow(ids: readonly string[]): Promise<void> {
    const wanted = ids
      .filter((id) => find(id, isKnown) === undefined)
      .map((id) => find(id, (one) => sources.has(one)) ?? id)
    const absent = wanted.filter((id) => !sources.has(id))
    if (absent.length > 0) add(await ask(absent))
    const next: string[] = []
    for (const id of wanted) {
      if (isKnown(id)) continue
      const source = sources.get(id)
      if (source === undefined) throw missing(id)
      next.push(...evaluateSource(id, source).values())
    }
    if (next.length > 0) await provideNow([...new Set(next)])
  }

  /** One after the other: two that wait for each other's modules would wait for ever. */
  function provide(ids: readonly string[]): Promise<void> {
    const mine = last.then(() => provideNow(ids))
    last = mine.catch(() => undefined)
    return mine
  }

  function add(more: ReadonlyMap<string, string>): void {
    for (const [id, source] of more) sources.set(id, source)
  }

  function provideFor(from: string, dependencies: unknown, callback?: unknown, onError?: unknown) {
    const told = typeof onError === 'function' ? (onError as typeof onUncaught) : onUncaught
    const loaded = (async () => {
      await provide([...labelsOf(dependencies, from).values()])
      if (typeof callback === 'function') (callback as Callback)()
    })()
    loaded.catch(told)
  }

  function requireFrom(from: string, labels: Labels): object & ((id: unknown) => unknown) {
    const resolve = (id: unknown): string => {
      const text = String(id)
      const canonical = labels.get(text) ?? canonicalId(text, from === '' ? bundles.main() : from)
      return find(canonical, isKnown) ?? bundles.resolve(canonical)
    }
    const require = (id: unknown): unknown => initialize(resolve(id))
    return Object.assign(require, {
      paths: requirePaths,
      main: undefined,
      id: resolve,
      uri: resolve,
      resolve,
      canonicalize: resolve,
      isMemoized: (id: unknown) => isKnown(resolve(id)),
      memoize: (id: unknown, dependencies: unknown, factory: unknown) =>
        declare(canonicalId(String(id), from), declarationOf(from, dependencies, factory)),
    })
  }

  function moduleObject(id: string, dependencies: Labels, memo: Memo): object {
    const module = {
      id,
      uri: id,
      paths: modulePaths,
      dependencies: [...dependencies.values()],
      declare: (first: unknown, second?: unknown) => declare(id, declarationOf(id, first, second)),
      provide: (ids: unknown, callback?: unknown, onError?: unknown) =>
        provideFor(id, ids, callback, onError),
      load: (one: unknown, callback?: unknown, onError?: unknown) =>
        provideFor(id, [String(one)], callback, onError),
      eventually: (callback: Callback) => callback(),
    }
    Object.defineProperty(module, 'exports', {
      enumerable: true,
      get: () => memo.exports,
      set: (exports: unknown) => {
        memo.exports = exports
      },
    })
    return module
  }

  const mainRequire = requireFrom('', new Map())
  const mainModule = moduleObject('', new Map(), main) as Record<string, unknown>
  /** Declared in the work function itself: loads its dependencies and runs at once. */
  mainModule['declare'] = (first: unknown, second?: unknown) => {
    const { dependencies, factory } = declarationOf('', first, second)
    provideFor('', [...dependencies.values()], () =>
      factory(requireFrom('', dependencies), main.exports, mainModule),
    )
  }

  return {
    globals: {
      require: mainRequire,
      module: mainModule,
      bravojs: Object.assign(bundles.bravojs, {
        require: mainRequire,
        module: mainModule,
        requireFactory: (directory: unknown) => requireFrom(`${String(directory)}/main`, new Map()),
      }),
    },
    add,
    setPaths(requirePath, modulePath) {
      requirePaths.push(...requirePath)
      modulePaths.push(...modulePath)
    },
    provide: (ids) => provide([...labelsOf(ids, '').values()]),
    require: (id) => mainRequire(id),
  }
}
