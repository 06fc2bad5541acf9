/** Requests of the service packageManager (operations §10). */
import * as v from 'valibot'

import { modulePathsMax, nameMax, packageFilesMax, packageNameMax } from '../limits.ts'
import { arrayOf, integer, isRecord, text } from './fields.ts'
import type { RequestSchema } from './request.ts'

export interface DeployPackage {
  readonly name: string
  /** Whether it is a version is for the server to say, which has a code for it. */
  readonly version: string
  /** Text by file name, in the order of the request. */
  readonly files: ReadonlyMap<string, string>
}

const nameForm = /^[A-Za-z0-9_@][A-Za-z0-9_@.+-]*$/

const packageName = v.pipe(
  text(packageNameMax),
  v.regex(
    nameForm,
    'must be made of letters, digits and _ @ . + - and begin with none of the last',
  ),
)

/** What a file may be called: a path that stays inside its package. */
function isFileName(name: string): boolean {
  if (name === '' || name.length > packageNameMax) return false
  // What URLs take for themselves, and what Windows takes for a separator.
  if (/[\\?#%:]/.test(name) || Array.from(name).some(isControl)) return false
  return name.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

function isControl(character: string): boolean {
  return character < ' ' || character === '\u007f'
}

type Texts = Readonly<Record<string, string>>

const files: v.GenericSchema<unknown, ReadonlyMap<string, string>> = v.pipe(
  v.custom<Texts>(isRecord, 'must be an object of texts by file name'),
  v.check((value) => Object.keys(value).length > 0, 'must have at least one file'),
  v.check(
    (value) => Object.keys(value).length <= packageFilesMax,
    `must have at most ${packageFilesMax} files`,
  ),
  v.check(
    (value) => Object.keys(value).every(isFileName),
    `must have relative file names of at most ${packageNameMax} characters, without "..", "\\", "?", "#", "%" and ":"`,
  ),
  v.check(
    (value) => Object.values(value).every((file) => typeof file === 'string'),
    'must be texts',
  ),
  v.transform((value) => new Map(Object.entries(value))),
)

export const deployPackage: RequestSchema<DeployPackage> = v.object({
  name: packageName,
  version: text(),
  files,
})

export interface ListModules {
  /** Part of a name, in any case. */
  readonly q?: string
  readonly skip?: number
  readonly limit?: number
}

export const listModules: RequestSchema<ListModules> = v.object({
  q: v.exactOptional(text(nameMax)),
  skip: v.exactOptional(integer(0)),
  limit: v.exactOptional(integer(1)),
})

export interface FetchModules {
  /** `package/file`, each. */
  readonly modules: readonly string[]
}

export const fetchModules: RequestSchema<FetchModules> = v.object({
  modules: arrayOf(text(2 * packageNameMax), modulePathsMax),
})
