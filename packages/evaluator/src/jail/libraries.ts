/** The files that a program needs beside itself: its loader and its libraries, where this system has them. */
import { execFile } from 'node:child_process'
import { open } from 'node:fs/promises'
import { promisify } from 'node:util'

/** Far more than the header and the program headers of any program. */
const headBytes = 16_384
const interpreterType = 3

/** The path of the loader that an ELF file of 64 bits names; undefined when it names none. */
export function parseInterpreter(head: Uint8Array): string | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const magic = 0x7f45_4c46
  if (head.byteLength < 64 || view.getUint32(0) !== magic) throw new Error('not an ELF file')
  const tableOffset = Number(view.getBigUint64(32, true))
  const entryBytes = view.getUint16(54, true)
  const entries = view.getUint16(56, true)
  for (let index = 0; index < entries; index += 1) {
    const at = tableOffset + index * entryBytes
    if (view.getUint32(at, true) !== interpreterType) continue
    const offset = Number(view.getBigUint64(at + 8, true))
    const length = Number(view.getBigUint64(at + 32, true))
    return new TextDecoder().decode(head.subarray(offset, offset + length - 1))
  }
  return undefined
}

/**
 * The paths in what a loader prints with `--list`.
 * @throws Error naming a library that this system does not have.
 */
export function parseLibraryList(text: string): readonly string[] {
  const paths = text.split('\n').flatMap((line) => {
    const missing = /^\s*(\S+) => not found/.exec(line)
    if (missing !== null) throw new Error(`this system has no ${missing[1]}, which Deno needs`)
    const [, path] = /^\s*(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/.exec(line) ?? []
    return path === undefined ? [] : [path]
  })
  return [...new Set(paths)]
}

async function interpreterOf(program: string): Promise<string | undefined> {
  const file = await open(program)
  const head = new Uint8Array(headBytes)
  try {
    await file.read(head, 0, headBytes, 0)
  } finally {
    await file.close()
  }
  return parseInterpreter(head)
}

/** What the loader of `program` would load for `library`; nothing of either runs. */
export async function listLibraries(program: string, library: string): Promise<readonly string[]> {
  const interpreter = await interpreterOf(program)
  if (interpreter === undefined) return []
  const listed = await promisify(execFile)(interpreter, ['--list', library], { env: {} })
  return [...new Set([interpreter, ...parseLibraryList(listed.stdout)])]
}

/** Every file that must be visible for `program` to start, but the program itself. */
export function findLibraries(program: string): Promise<readonly string[]> {
  return listLibraries(program, program)
}
