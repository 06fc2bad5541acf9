import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('../bin/manyhands.js', import.meta.url))

function manyhands(...commandArguments: string[]): {
  out: string
  err: string
  status: number | null
} {
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...commandArguments], {
    encoding: 'utf8',
  })
  return { out: stdout, err: stderr, status }
}

describe('the command line', { timeout: 20_000 }, () => {
  it('prints its version', () => {
    expect(manyhands('--version')).toEqual({ out: '0.1.0\n', err: '', status: 0 })
  })

  it('lists its commands', () => {
    const { out, status } = manyhands('--help')
    expect(status).toBe(0)
    for (const name of ['up', 'scheduler', 'worker', 'evaluator', 'config'])
      expect(out).toContain(name)
  })

  it('knows the options of up', () => {
    const { out } = manyhands('up', '--help')
    for (const name of [
      'port',
      'data',
      'sandboxes',
      'once',
      'no-sample',
      'log-level',
      'json',
      'jail',
    ]) {
      expect(out).toContain(`--${name}`)
    }
  })

  it.each([
    ['--port', 'eighty'],
    ['--port', '70000'],
    ['--sandboxes', '-1'],
    ['--log-level', 'loud'],
  ])('refuses %s %s with a sentence and status 1', (option, value) => {
    const { err, status } = manyhands('up', option, value)
    expect(status).toBe(1)
    expect(err).toMatch(new RegExp(`error: option '${option} .*' argument '${value}' is invalid`))
  })

  it.each([
    ['--sandboxes', '0'],
    ['--scheduler', 'nonsense'],
    ['--scheduler', 'ftp://host/'],
  ])('refuses a worker with %s %s', (option, value) => {
    const { err, status } = manyhands('worker', option, value)
    expect(status).toBe(1)
    expect(err).toMatch(new RegExp(`error: option '${option} .*' argument '${value}' is invalid`))
  })

  it('refuses a command it does not know', () => {
    const { err, status } = manyhands('upp')
    expect(status).toBe(1)
    expect(err).toContain('upp')
  })
})
