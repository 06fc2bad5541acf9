import { readdirSync, readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import type { Machine } from '../machine.ts'
import { renderDiagnosis } from '../render-diagnosis.ts'
import type { CgroupPlace } from './cgroup-place.ts'
import { diagnose, isWorthTrying, missingOf } from './diagnose.ts'
import { readFacts } from './facts.ts'
import { type RecordedFiles, recordFiles, viewOf } from './file-view.ts'
import type { Proof } from './probe.ts'

interface RecordedMachine {
  readonly origin: string
  readonly machine: Machine
  readonly recorded: RecordedFiles
  readonly proof?: Proof
  readonly expect: {
    readonly jail: string
    readonly cgroup?: CgroupPlace
    /** Parts of the lines that say what is missing, one line each at least. */
    readonly missing: readonly string[]
    readonly weak: readonly string[]
  }
}

const folder = new URL('../../../../tests/vectors/machines/', import.meta.url)

function load(name: string): RecordedMachine {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as RecordedMachine
}

const names = readdirSync(folder).map((file) => file.replace('.json', ''))

describe.each(names)('%s', (name) => {
  const { expect: expected, machine, proof, recorded } = load(name)
  const facts = readFacts(machine, viewOf(recorded))
  const diagnosis = diagnose(facts, proof)

  it('has the jail that it should', () => {
    expect(diagnosis.jail).toBe(expected.jail)
    expect(diagnosis.follows.includes('ENOJAIL')).toBe(expected.jail === 'none')
  })

  it('is told what is missing and how to get it', () => {
    const missing = missingOf(diagnosis)
    for (const part of expected.missing) expect(missing.join('\n')).toContain(part)
    expect(missing.length > 0).toBe(expected.jail === 'none')
  })

  it('is told what is weak', () => {
    const weak = diagnosis.findings.filter(({ state }) => state === 'weak')
    expect(weak.map(({ what }) => what)).toEqual(expected.weak)
    expect(weak.filter(({ remedy }) => remedy === undefined).map(({ what }) => what)).toEqual(
      expected.weak.filter((what) => what === 'processor time'),
    )
  })

  it('caps memory in the right group', () => {
    expect(facts.cgroup.found).toEqual(expected.cgroup)
  })

  it('is tried only where that makes sense', () => {
    expect(isWorthTrying(facts)).toBe(proof !== undefined || name === 'docker-default')
  })

  it('fits into a table', () => {
    const lines = renderDiagnosis(diagnosis).split('\n')
    for (const { what } of diagnosis.findings) {
      expect(lines.some((line) => line.startsWith(what))).toBe(true)
    }
  })
})

describe('a diagnosis', () => {
  it('does not call good what was never tried', () => {
    const { machine, recorded } = load('debian-12-cgroup-v1')
    expect(diagnose(readFacts(machine, viewOf(recorded)), undefined).jail).toBe('none')
  })

  it('can be made elsewhere from what was recorded', () => {
    const { machine, recorded } = load('fedora-41-desktop')
    const recorder = recordFiles(viewOf(recorded))
    const facts = readFacts(machine, recorder)
    expect(readFacts(machine, viewOf(recorder.recorded()))).toEqual(facts)
  })
})
