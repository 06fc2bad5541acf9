import { fileURLToPath } from 'node:url'

import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'

import { createProgram, readVersion } from './program.ts'

interface Ended {
  /** Names of the actions that were called, with their options. */
  readonly called: (readonly [name: string, options: unknown])[]
  readonly out: string
  readonly err: string
  readonly status: number
}

async function manyhands(...commandArguments: string[]): Promise<Ended> {
  const called: [string, unknown][] = []
  const action = (name: string) => (options: unknown) => {
    called.push([name, options])
    return Promise.resolve(0)
  }
  const text = { out: '', err: '' }
  let status = 0
  const program = createProgram(
    {
      up: action('up'),
      scheduler: action('scheduler'),
      worker: action('worker'),
      evaluator: action('evaluator'),
      config: action('config'),
      doctor: action('doctor'),
    },
    (ended) => {
      status = ended
    },
    (configured) =>
      configured.exitOverride().configureOutput({
        writeOut: (written) => (text.out += written),
        writeErr: (written) => (text.err += written),
      }),
  )
  try {
    await program.parseAsync(commandArguments, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    status = error.exitCode
  }
  return { called, ...text, status }
}

describe('the command line', () => {
  it('prints its version', async () => {
    expect(await manyhands('--version')).toMatchObject({ out: `${readVersion()}\n`, status: 0 })
  })

  it('lists its commands', async () => {
    const { out, status } = await manyhands('--help')
    expect(status).toBe(0)
    for (const name of ['up', 'scheduler', 'worker', 'evaluator', 'config']) {
      expect(out).toContain(name)
    }
  })

  it('says in the help of a command what holds unless told, and not that flags are off', async () => {
    const { out } = await manyhands('up', '--help')
    expect(out).toContain('(default: 4280)')
    expect(out).not.toContain('default: false')
    const worker = await manyhands('worker', '--help')
    expect(worker.out).toContain('(default: a new one')
  })

  it('names after an error the help that helps', async () => {
    expect((await manyhands('worker', '--bogus')).err).toContain('manyhands worker --help')
    expect((await manyhands('upp')).err).toContain('(manyhands --help')
  })

  it('starts everything when it is told nothing', async () => {
    const { called } = await manyhands()
    expect(called).toMatchObject([
      ['up', { port: 4280, host: '127.0.0.1', once: false, sample: true, json: false }],
    ])
    // Both depend on who may come.
    expect(called[0]?.[1]).not.toHaveProperty('jail')
    expect(called[0]?.[1]).not.toHaveProperty('publicUrl')
  })

  it('reads the options of up', async () => {
    const client = fileURLToPath(new URL('..', import.meta.url))
    const { called } = await manyhands(
      ...['up', '--port', '0', '--data', '/d', '--sandboxes=0', '--once', '--no-sample', '--json'],
      ...['--log-level', 'debug', '--jail', 'required', '--gpu', '--dcp-client', client],
    )
    const options = { port: 0, data: '/d', sandboxes: 0, once: true, sample: false, json: true }
    const more = { logLevel: 'debug', jail: 'required', gpu: true, dcpClient: client }
    expect(called).toMatchObject([['up', { ...options, ...more }]])
  })

  it.each(['up', 'scheduler', 'config'])('reads where %s listens and is reached', async (name) => {
    const options = ['--host', '::', '--public-url', 'HTTPS://DCP.example:443/']
    const { called } = await manyhands(name, ...options)
    expect(called).toMatchObject([[name, { host: '::', publicUrl: 'https://dcp.example' }]])
    const { out } = await manyhands(name, '--help')
    expect(out).toMatch(/--host <address> .*"127\.0\.0\.1"\).*--public-url <url>/s)
  })

  it('reads the options of a worker', async () => {
    const { called } = await manyhands(
      ...['worker', '--scheduler', 'http://host:1/base', '--sandboxes', '3', '--join', 'a,b'],
      ...['--join', 'c,d', '--allow-origin', 'https://data.example', '--no-global'],
      ...['--allow-origin', 'fetchData=http://10.0.0.1/a?b=c', '--trust-group-origins'],
    )
    expect(called).toMatchObject([
      [
        'worker',
        {
          scheduler: new URL('http://host:1/base/'),
          sandboxes: 3,
          join: ['a,b', 'c,d'],
          allowOrigin: ['https://data.example', 'fetchData=http://10.0.0.1/a?b=c'],
          global: false,
          trustGroupOrigins: true,
        },
      ],
    ])
  })

  it('reads where an evaluator listens, which is one place', async () => {
    const both = await manyhands('evaluator', '--socket', '/s', '--listen', '9000')
    expect(both).toMatchObject({ called: [], status: 1 })
    expect(both.err).toContain('either --socket <path> or --listen <address>')
    const { called } = await manyhands(
      ...['evaluator', '--listen', 'localhost:9000', '--token-file', '/t', '--memory', '512'],
    )
    const options = { listen: 'localhost:9000', tokenFile: '/t', memory: 512, jail: 'auto' }
    expect(called).toEqual([['evaluator', options]])
  })

  it.each([
    ['evaluator', '--memory', '1'],
    ['up', '--port', 'eighty'],
    ['up', '--data', ''],
    ['up', '--dcp-client', '/nowhere'],
    ['up', '--host', '10.0.0.5:4280'],
    ['scheduler', '--host', ''],
    ['up', '--public-url', 'dcp.example'],
    ['scheduler', '--public-url', 'https://dcp.example/base'],
    ['up', '--join', ''],
    ['worker', '--join', ',secret'],
    ['worker', '--data', ' '],
    ['up', '--allow-origin', 'data.example'],
    ['worker', '--allow-origin', 'steal=https://data.example'],
    ['up', '--port', '70000'],
    ['up', '--sandboxes', '-1'],
    ['up', '--log-level', 'loud'],
    ['up', '--jail', 'perhaps'],
    ['worker', '--sandboxes', '0'],
    ['worker', '--scheduler', 'nonsense'],
    ['worker', '--scheduler', 'ftp://host/'],
  ])('refuses %s %s %s with a sentence and status 1', async (command, option, value) => {
    const { called, err, status } = await manyhands(command, option, value)
    expect({ called, status }).toEqual({ called: [], status: 1 })
    expect(err).toMatch(new RegExp(`error: option '${option} .*' argument '${value}' is invalid`))
  })

  it('refuses a command it does not know', async () => {
    const { called, err, status } = await manyhands('upp')
    expect({ called, status }).toEqual({ called: [], status: 1 })
    expect(err).toContain("unknown command 'upp'")
  })
})
