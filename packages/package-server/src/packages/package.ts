/** What a package is: names, sizes, and names that say what is in them. No I/O. */
import { createHash } from 'node:crypto'

import { DcpError } from '@manyhands/protocol'
import type { Address, DeployPackage } from '@manyhands/protocol'
import { valid } from 'semver'

import { fileMax, packageMax } from '../limits.ts'

/** A package of which one version was looked up. */
export interface PackageVersion {
  readonly name: string
  readonly owner: Address
  readonly version: string
  /** Milliseconds since 1970. */
  readonly published: number
  /** File names in the order in which they were published. */
  readonly files: readonly string[]
}

/** The local modules of a job travel as one file in a package that is named after its digest. */
const bundleForm = /^dcp-pkg-v1-localhost-([0-9a-f]{32})$/

/** True for names that say what is in the package: nobody owns them. */
export function isContentAddressed(name: string): boolean {
  return name.startsWith('dcp-pkg-v1-localhost-')
}

/**
 * Refuses what no package may be.
 * @throws DcpError `EBADVER`, `EMODULETOOBIG`, and `EBADARG` for a digest that is not its file's.
 */
export function assertPackage({ name, version, files }: DeployPackage): void {
  if (valid(version) !== version) {
    const example = 'a semantic version such as 1.0.0'
    throw new DcpError('EBADVER', `deployPackage: "version" must be ${example}`)
  }
  let size = 0
  for (const [file, text] of files) {
    size += text.length
    if (text.length > fileMax) throw tooBig(`the file ${file}`, fileMax)
  }
  if (size > packageMax) throw tooBig(`the package ${name}`, packageMax)
  if (isContentAddressed(name)) assertDigest(name, files)
}

function tooBig(what: string, limit: number): DcpError {
  const message = `deployPackage: ${what} has more than ${limit} characters`
  return new DcpError('EMODULETOOBIG', message, { details: { limit } })
}

function assertDigest(name: string, files: ReadonlyMap<string, string>): void {
  const [body] = files.values()
  const digest = bundleForm.exec(name)?.[1]
  const found = createHash('md5')
    .update(body ?? '')
    .digest('hex')
  if (files.size === 1 && digest === found) return
  const message = `the package ${name} must have one file, and its name the file's MD5 digest`
  throw new DcpError('EBADARG', `deployPackage: ${message}`)
}

export interface ModuleName {
  readonly package: string
  readonly file: string
}

/** Takes `package/file` apart; undefined when it is not of that form. */
export function parseModuleName(text: string): ModuleName | undefined {
  const slash = text.indexOf('/')
  if (slash <= 0 || slash === text.length - 1) return undefined
  return { package: text.slice(0, slash), file: text.slice(slash + 1) }
}
