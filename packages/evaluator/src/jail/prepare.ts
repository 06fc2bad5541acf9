/** Builds what every sandbox of this evaluator needs of the jail, and proves once that it holds. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { buildLaunch, type JailParts } from '../launch.ts'
import { parseSandboxLimits } from '../limits.ts'
import type { Machine } from '../machine.ts'
import type { Layer } from '../weaken.ts'
import { diagnose, type Diagnosis, isWorthTrying } from './diagnose.ts'
import type { Facts } from './facts.ts'
import { compileFilter, encodeFilter, type Processor } from './filter.ts'
import { findLibraries } from './libraries.ts'
import { syscallsWithGpu } from './syscalls.ts'
import { proveJail, type Proof } from './probe.ts'
import { probeProgram } from './probe-program.ts'

export interface Jail {
  readonly parts: JailParts
  readonly filterFile: string
  /** For sandboxes with a graphics processor, whose drivers need more calls. */
  readonly gpuFilterFile: string
}

export interface PrepareOptions {
  readonly machine: Machine
  readonly facts: Facts
  readonly deno: string
  /** A user id that the proof may use. */
  readonly uid: number
  /** Takes the filter of system calls. */
  readonly folder: string
  readonly without?: ReadonlySet<Layer>
  /** What there is of a graphics processor, for the diagnosis. */
  readonly gpu?: string
}

export interface Prepared {
  /** Undefined when there is none here. */
  readonly jail: Jail | undefined
  readonly diagnosis: Diagnosis
}

function processorOf(arch: string): Processor {
  return arch === 'arm64' ? 'arm64' : 'x64'
}

async function build({ deno, folder, machine }: PrepareOptions): Promise<Jail | undefined> {
  if (machine.bubblewrap === undefined) return undefined
  const filterFile = join(folder, 'seccomp.bpf')
  const gpuFilterFile = join(folder, 'seccomp-gpu.bpf')
  const processor = processorOf(machine.arch)
  await writeFile(filterFile, encodeFilter(compileFilter(processor)))
  await writeFile(gpuFilterFile, encodeFilter(compileFilter(processor, syscallsWithGpu)))
  const libraries = await findLibraries(deno)
  return { parts: { bubblewrap: machine.bubblewrap, libraries }, filterFile, gpuFilterFile }
}

/** The proof is made with all layers, whatever a test leaves out afterwards. */
async function prove(jail: Jail, { deno, machine, uid }: PrepareOptions): Promise<Proof> {
  const limits = parseSandboxLimits({})
  const command = buildLaunch(machine, {
    deno,
    guest: '',
    uid,
    limits,
    jail: jail.parts,
    probe: probeProgram,
  })
  return proveJail(command, jail.filterFile)
}

export async function prepareJail(options: PrepareOptions): Promise<Prepared> {
  const { facts, gpu } = options
  if (!isWorthTrying(facts)) return { jail: undefined, diagnosis: diagnose(facts, undefined, gpu) }
  try {
    const jail = await build(options)
    if (jail === undefined) return { jail, diagnosis: diagnose(facts, undefined, gpu) }
    const proof = await prove(jail, options)
    return { jail: proof.holds ? jail : undefined, diagnosis: diagnose(facts, proof, gpu) }
  } catch (error) {
    const proof: Proof = { holds: false, faults: [(error as Error).message], said: '' }
    return { jail: undefined, diagnosis: diagnose(facts, proof, gpu) }
  }
}
