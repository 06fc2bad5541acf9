// What the numbers were measured on.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem, type as osType } from 'node:os'

export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryGb: number
  readonly system: string
  readonly versions: Readonly<Record<string, string>>
}

/** Describes this machine and the programs that took part. */
export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${osType()} ${release()}`,
    versions: {
      manyhands: versionOf('../packages/cli/package.json'),
      node: process.version,
      piscina: versionOf('peers/node_modules/piscina/package.json'),
      bullmq: versionOf('peers/node_modules/bullmq/package.json'),
      '@nats-io/jetstream': versionOf('peers/node_modules/@nats-io/jetstream/package.json'),
      'redis-server': outputOf('redis-server', ['--version']),
      'nats-server': outputOf('nats-server', ['--version']),
    },
  }
}

function versionOf(path: string): string {
  try {
    const { version }: { version?: string } = JSON.parse(
      readFileSync(new URL(path, import.meta.url), 'utf8'),
    )
    return version ?? 'unknown'
  } catch {
    return 'not installed'
  }
}

function outputOf(program: string, args: readonly string[]): string {
  try {
    return /\d+\.\d+\.\d+/.exec(execFileSync(program, args, { encoding: 'utf8' }))?.[0] ?? 'unknown'
  } catch {
    return 'not installed'
  }
}

/** Whether a program can be started by its name. */
export function isInstalled(program: string): boolean {
  return outputOf(program, ['--version']) !== 'not installed'
}
