// A stranger's first five minutes with the command line: the two commands of the README and what the
// program itself says to do next.
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { root, run } from './_program.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manyhands-e2e-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const manyhands = ['packages/cli/bin/manyhands.js']

describe('npm start', () => {
  it('computes the sample job, prints the ranked table and leaves with --once', async () => {
    const args = ['start', '--', '--once', '--port', '0', '--data', join(folder, 'data')]
    await using program = run('npm', args)
    expect(await program.ended()).toBe(0)
    expect(program.stdout()).toMatch(/rank +AUC +accuracy +signature/)
    expect(program.stdout()).toMatch(/\n +1 +0\.99/)
    const picture = /Picture: (.*\.svg)/.exec(program.stdout())?.[1] ?? ''
    expect(await readFile(picture, 'utf8')).toMatch(/^<svg/)
  })

  it('carries on with its data when it is started again', async () => {
    const args = ['up', '--no-sample', '--json', '--port', '0', '--data', join(folder, 'data')]
    const keystoreOf = async (): Promise<string> => {
      await using program = run('node', [...manyhands, ...args])
      await program.says('\n')
      const lines = program.stdout().trim().split('\n')
      expect(lines).toHaveLength(1)
      const ready = JSON.parse(lines[0] ?? '')
      expect(ready).toMatchObject({ url: expect.stringMatching(/^http:/), pid: expect.any(Number) })
      program.child.kill('SIGTERM')
      expect(await program.ended()).toBe(0)
      return readFile(ready.keystores.id, 'utf8')
    }
    expect(await keystoreOf()).toBe(await keystoreOf())
  })
})

describe('a job of one’s own', () => {
  it('runs as the program says', async () => {
    const data = join(folder, 'data')
    await using computer = run('npm', ['start', '--', '--no-sample', '--port', '0', '--data', data])
    await computer.says(/await close\(\)\n/)
    const said = computer.stdout()
    const [, names] = /\n {2}export (.*)\n/.exec(said) ?? []
    const env = Object.fromEntries((names ?? '').split(' ').map((pair) => pair.split('=')))
    const source = said.slice(said.indexOf('  import { connect }'))
    // The program says "in a file of this checkout"; this one is removed again below.
    const file = join(root, `first-${process.pid}.mjs`)
    await writeFile(file, source)
    try {
      await using program = run('node', [file], { env })
      expect([await program.ended(), program.stderr()]).toEqual([0, ''])
      expect(program.stdout()).toContain('1,  4,  9, 16,')
    } finally {
      await rm(file)
    }
  })
})

describe('what cannot work says why and what to do', () => {
  const refused = async (args: readonly string[], message: RegExp): Promise<void> => {
    await using program = run('node', [...manyhands, 'up', '--no-sample', ...args])
    expect(await program.ended()).toBe(1)
    expect(program.stderr()).toMatch(message)
    expect(program.stderr()).not.toMatch(/\n +at /)
  }

  it('a port in use', async () => {
    const server = createServer()
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
    await refused(['--port', String(port), '--data', join(folder, 'data')], new RegExp(`${port}`))
    await new Promise((resolve) => server.close(resolve))
  })

  it('a data directory that cannot be made', async () => {
    await writeFile(join(folder, 'file'), '')
    await refused(['--port', '0', '--data', join(folder, 'file', 'data')], /file/)
  })

  it('a data directory in use', async () => {
    const data = join(folder, 'data')
    const args = ['up', '--no-sample', '--json', '--port', '0', '--sandboxes', '0', '--data', data]
    await using first = run('node', [...manyhands, ...args])
    await first.says('\n')
    await refused(['--port', '0', '--data', data], /used by/)
  })

  it('a data directory of a newer program', async () => {
    const data = join(folder, 'data')
    await mkdir(data)
    await chmod(data, 0o700)
    await writeFile(join(data, 'version'), '999\n')
    await refused(['--port', '0', '--data', data], /newer/)
  })

  it('an option that makes no sense', async () => {
    await refused(['--port', 'many'], /--port/)
  })
})
