/**
 * The text of a bundle: what BravoJS, in our sandboxes and in those of official workers, takes for a
 * module. It runs the modules of the program when it is loaded and leaves them where `require` finds
 * them by the names that the work function uses.
 */
import type { CollectedModule } from './collect-modules.ts'

/** The directory of the program, as sandboxes know it: where it really is, is nobody's business. */
export const programDirectory = '/localhost/program'

export interface BundleParts {
  readonly modules: readonly CollectedModule[]
  /** Canonical id → place of its module. */
  readonly names: Readonly<Record<string, number>>
  /** Name as the program says it → canonical id. */
  readonly asked: Readonly<Record<string, string>>
}

const loader = `
  var memos = [];
  function has(object, name) { return Object.prototype.hasOwnProperty.call(object, name); }
  function missing(id) {
    var message = 'the module ' + id + ' is not in the bundle of local modules';
    return Object.assign(new Error(message), { code: 'ENOMODULE' });
  }
  function load(place) {
    if (memos[place]) return memos[place].exports;
    var memo = memos[place] = { exports: {} };
    factories[place].call(memo.exports, memo, memo.exports, function (id) {
      if (has(links[place], id)) return load(links[place][id]);
      throw missing(id);
    });
    return memo.exports;
  }
  Object.keys(names).forEach(function (name) { bravojs.requireMemo[name] = load(names[name]); });
  bravojs.resolveMap = Object.assign(bravojs.resolveMap || {}, asked);
  if (!bravojs.globalResolveHook) {
    bravojs.globalResolveHook = function (id) {
      return has(bravojs.resolveMap, id) ? bravojs.resolveMap[id] : id;
    };
  }
  bravojs.mainModuleDir = '${programDirectory}';
  bravojs.global.require = bravojs.requireFactory(bravojs.mainModuleDir);
`

export function bundleText({ modules, names, asked }: BundleParts): string {
  const factories = modules.map(({ text }) => `function (module, exports, require) {${text}\n}`)
  return [
    'module.declare(function () {});',
    '(function () {',
    `  var factories = [${factories.join(',\n')}];`,
    `  var links = ${JSON.stringify(modules.map(({ links }) => links))};`,
    `  var names = ${JSON.stringify(names)};`,
    `  var asked = ${JSON.stringify(asked)};`,
    `${loader}})();`,
    '',
  ].join('\n')
}
