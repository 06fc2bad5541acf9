// Packages of Python work functions, as modules bring them. A small wheel of our own takes the place of
// those that Pyodide's list names, and is added to that list.
import { createHash } from 'node:crypto'

import { findPyodide } from '@manyhands/evaluator'
import { DcpError, pyodide } from '@manyhands/protocol'
import type { ModuleLoader, WorktimeKit } from '@manyhands/sandbox'
import type { EvaluatorHost } from '@manyhands/sandbox/node'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { createTestHost } from './_jail.ts'
import { runIn, workOf } from './_recorder.ts'

/** The wheel of a package with the module `greetings`, whose `greet(name)` says hello. */
const wheel = [
  'UEsDBBQAAAAAAAAAIVCqJKnuKgAAACoAAAAVAAAAZ3JlZXRpbmdzL19faW5pdF9fLnB5ZGVmIGdyZWV0KG5hbWUp',
  'OgogIHJldHVybiAiaGVsbG8gIiArIG5hbWUKUEsDBBQAAAAAAAAAIVDRqcWnMwAAADMAAAAgAAAAZ3JlZXRpbmdz',
  'LTEuMC5kaXN0LWluZm8vTUVUQURBVEFNZXRhZGF0YS1WZXJzaW9uOiAyLjEKTmFtZTogZ3JlZXRpbmdzClZlcnNp',
  'b246IDEuMApQSwMEFAAAAAAAAAAhUHuDv8E7AAAAOwAAAB0AAABncmVldGluZ3MtMS4wLmRpc3QtaW5mby9XSEVF',
  'TFdoZWVsLVZlcnNpb246IDEuMApSb290LUlzLVB1cmVsaWI6IHRydWUKVGFnOiBweTMtbm9uZS1hbnkKUEsDBBQA',
  'AAAAAAAAIVAAAAAAAAAAAAAAAAAeAAAAZ3JlZXRpbmdzLTEuMC5kaXN0LWluZm8vUkVDT1JEUEsBAhQDFAAAAAAA',
  'AAAhUKokqe4qAAAAKgAAABUAAAAAAAAAAAAAAIABAAAAAGdyZWV0aW5ncy9fX2luaXRfXy5weVBLAQIUAxQAAAAA',
  'AAAAIVDRqcWnMwAAADMAAAAgAAAAAAAAAAAAAACAAV0AAABncmVldGluZ3MtMS4wLmRpc3QtaW5mby9NRVRBREFU',
  'QVBLAQIUAxQAAAAAAAAAIVB7g7/BOwAAADsAAAAdAAAAAAAAAAAAAACAAc4AAABncmVldGluZ3MtMS4wLmRpc3Qt',
  'aW5mby9XSEVFTFBLAQIUAxQAAAAAAAAAIVAAAAAAAAAAAAAAAAAeAAAAAAAAAAAAAACAAUQBAABncmVldGluZ3Mt',
  'MS4wLmRpc3QtaW5mby9SRUNPUkRQSwUGAAAAAAQABAAoAQAAgAEAAAAA',
].join('')
const file = 'greetings-1.0-py3-none-any.whl'
const worktime = { name: 'pyodide', version: '^0.28.0' }
const startMs = 120_000

interface Lock {
  readonly packages: Record<string, unknown>
}

/** The installed interpreter, with the package in its list. */
function kitWithPackage(): WorktimeKit {
  return {
    worktime: pyodide,
    async files() {
      const files = new Map(await findPyodide()?.read())
      const lock = JSON.parse(new TextDecoder().decode(files.get('pyodide-lock.json'))) as Lock
      lock.packages['greetings'] = {
        name: 'greetings',
        version: '1.0',
        file_name: file,
        install_dir: 'site',
        sha256: createHash('sha256').update(Buffer.from(wheel, 'base64')).digest('hex'),
        package_type: 'package',
        imports: ['greetings'],
        depends: [],
        unvendored_tests: false,
      }
      return files.set('pyodide-lock.json', new TextEncoder().encode(JSON.stringify(lock)))
    },
  }
}

let host: EvaluatorHost
beforeAll(() => {
  host = createTestHost({ spares: 0, kits: [kitWithPackage()] })
})
afterAll(() => host.close())

const source = `
import dcp, greetings
dcp.set_slice_handler(lambda name: greetings.greet(name))
`

/** The module of a package, as the official worktime expects it. */
function packageModule(content: string): string {
  return `module.declare([], function (require, exports) {
    globalThis.DATA[${JSON.stringify(file)}] = ${JSON.stringify(content)}
    exports.readyPromise = Promise.resolve()
  })`
}

function loader(text: string | undefined, asked: string[] = []): ModuleLoader {
  return async (ids) => {
    asked.push(...ids)
    if (text === undefined) throw new DcpError('ENOMODULE', 'nobody has published it')
    return new Map(ids.map((id) => [id, text]))
  }
}

it(
  'a package that is imported is loaded before the slices',
  async () => {
    const asked: string[] = []
    const sandbox = await host.create()
    const loadModules = loader(packageModule(wheel), asked)
    const { recorder } = await runIn(sandbox, workOf(source, { worktime, loadModules }), '"Ada"')
    expect([...recorder.errors]).toEqual([])
    expect(recorder.values.get(1)).toBe('hello Ada')
    expect(asked).toEqual(['pyodide-0.28.2-greetings/pyodide-0.28.2-greetings.js'])
    await sandbox.kill()
  },
  startMs,
)

it.each([
  [
    'nobody has',
    loader(undefined),
    /package greetings is not to be had here: nobody has published/,
  ],
  [
    'is another than it should be',
    loader(packageModule(Buffer.from('other').toString('base64'))),
    /greetings is not the one that Pyodide 0\.28\.2 was made for/,
  ],
])(
  'a package that %s is named',
  async (_what, loadModules, message) => {
    const sandbox = await host.create()
    const refused = sandbox.assign(workOf(source, { worktime, loadModules }))
    await expect(refused).rejects.toMatchObject({
      code: 'ENOMODULE',
      message: expect.stringMatching(message),
    })
    await sandbox.kill()
  },
  startMs,
)
