// Keeps what was measured: everything as JSON in bench/results, the tables in docs/benchmarks.md.
import { mkdir, readFile, writeFile } from 'node:fs/promises'

import type { Machine } from './machine.ts'
import { sectionMarkdown, type Section } from './section.ts'

const resultsFolder = new URL('results/', import.meta.url)
const document = new URL('../docs/benchmarks.md', import.meta.url)

/** Writes the raw measurements; returns the path of the file. */
export async function keepRaw(section: Section, machine: Machine, at: string): Promise<string> {
  const file = new URL(`${at.replaceAll(':', '-')}-${section.id}.json`, resultsFolder)
  await mkdir(resultsFolder, { recursive: true })
  await writeFile(
    file,
    JSON.stringify({ at, case: section.id, machine, raw: section.raw }, null, 1),
  )
  return file.pathname
}

/** Puts a section in its place in the document; the other sections stay. */
export async function writeSection(section: Section, machine: Machine, at: string): Promise<void> {
  const begin = `<!-- ${section.id} begins -->`
  const end = `<!-- ${section.id} ends -->`
  const text = await readFile(document, 'utf8')
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from === -1 || to === -1) throw new Error(`docs/benchmarks.md has no place for ${section.id}`)
  const body = [
    begin,
    '',
    sectionMarkdown(section),
    '',
    `_Measured ${at.slice(0, 10)} on ${machineLine(machine)}._`,
    '',
    end,
  ].join('\n')
  await writeFile(document, text.slice(0, from) + body + text.slice(to + end.length))
}

/** The machine and the versions in one line. */
export function machineLine(machine: Machine): string {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`)
  return (
    `${machine.cores} × ${machine.processor}, ${machine.memoryGb} GB, ${machine.system}; ` +
    versions.join(', ')
  )
}
