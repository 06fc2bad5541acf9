import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'

import {
  createStartCommand,
  readStartOptions,
  type StartOptions,
} from './evaluator-start-options.ts'

function parse(...args: string[]): StartOptions {
  const command = createStartCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  command.parse(args, { from: 'user' })
  return readStartOptions(command)
}

describe('the options of dcp-evaluator-start', () => {
  it('listen on the official port of this machine, unless told otherwise', () => {
    expect(parse().evaluator).toEqual(['--listen', '127.0.0.1:9000'])
    expect(parse('-p', '0').evaluator).toEqual(['--listen', '127.0.0.1:0'])
    expect(parse('--port=9123', '-v').evaluator).toEqual(['--listen', '127.0.0.1:9123'])
    expect(parse('-s', '-p', '9000').evaluator).toEqual(['--stdio'])
  })

  it('pass on what stands behind the dashes, V8 flags among it', () => {
    const { evaluator, notes } = parse(
      ...['-p', '1', '--', '--options=--max-old-space-size=512', '--jail', 'required'],
    )
    expect(evaluator).toEqual(['--listen', '127.0.0.1:1', '--heap', '512', '--jail', 'required'])
    expect(notes).toEqual([])
    expect(parse('--', '--options=--harmony').notes).toEqual([
      '--options=--harmony has no meaning here',
    ])
  })

  it('take those that replace the official program, and say that they do nothing', () => {
    const { flags, notes } = parse(
      ...['--prefix', '/usr', '-e', '/usr/bin/dcp-evaluator', '-t', 'node', '-d', 'debug'],
      ...['-r', 'dcp-client/libexec/evaluator-node', '-f', '/run/e.pid'],
    )
    expect(notes.map((note) => note.split(' ')[0])).toEqual(
      expect.arrayContaining(['--debugLogLevel', '--evaluator', '--prefix', '--rEvaluator']),
    )
    expect(notes).toHaveLength(4)
    expect(flags).toMatchObject({ sandboxType: 'node', pidFile: '/run/e.pid' })
  })

  it.each([['-t', 'browser'], ['-p', 'x'], ['--nonsense']])('refuse %s %s', (...args) => {
    expect(() => parse(...args.filter((one) => one !== undefined))).toThrow(CommanderError)
  })
})
