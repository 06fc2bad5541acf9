import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'

import { createManagerCommand } from './command.ts'
import { type ManagerOptions, readManagerOptions } from './options.ts'

function parse(...args: string[]): ManagerOptions {
  const command = createManagerCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  command.parse(args, { from: 'user' })
  return readManagerOptions(command)
}

function refusalOf(...args: string[]): string {
  try {
    parse(...args)
  } catch (error) {
    if (error instanceof CommanderError) return error.message
    throw error
  }
  return 'taken'
}

describe('the options of dcp-evaluator-manager', () => {
  it('watch everything that costs nothing to ask, unless told otherwise', () => {
    expect(parse()).toEqual({
      port: 9000,
      disabled: new Set(),
      idleSeconds: 30,
      loadType: 'short',
      onlyWhenBusy: false,
      signal: { name: 'SIGPWR', mode: 'toggle' },
      schedule: [],
      verbose: false,
      proc: '/proc',
      pts: '/dev/pts',
      sys: '/sys',
      evaluator: [],
      notes: [],
    })
  })

  it('are those of the official program, in its spellings', () => {
    const options = parse(
      ...['-p', '9123', '-d=session', '--disable-monitor=screensaver', '-i', '12.5'],
      ...['-l', '1.5', '-T', 'long', '-r', '2', '-L', '-s', 'USR2,quick', '-f', '/run/m.pid'],
      ...['-P', '/usr', '--', '-v', '--', '--options=--max-old-space-size=512'],
    )
    expect(options).toMatchObject({
      port: 9123,
      disabled: new Set(['session', 'screensaver']),
      idleSeconds: 12.5,
      maxLoad: 1.5,
      loadType: 'long',
      rateMs: 2_000,
      onlyWhenBusy: true,
      signal: { name: 'SIGUSR2', mode: 'quick' },
      pidFile: '/run/m.pid',
      evaluator: ['--heap', '512'],
      notes: ['--prefix does nothing'],
    })
  })

  it('disable all monitors at once', () => {
    const { disabled, signal } = parse('-a')
    expect(disabled).toEqual(new Set(['session', 'screensaver', 'signal', 'battery']))
    expect(signal).toBeUndefined()
  })

  it.each([
    ['--port', 'eighty'],
    ['--max-load', '-1'],
    ['--max-load', 'much'],
    ['--idle', 'x'],
    ['--rate', ''],
    ['--disable-monitor', 'mouse'],
    ['--loadavg-type', 'huge'],
    ['--signal', 'SIGKILL'],
    ['--schedule', 'someday'],
    ['--min-charge', '101'],
  ])('refuse %s %j and name it', (option, value) => {
    expect(refusalOf(option, value)).toContain(`'${value}' is invalid`)
    expect(refusalOf(option, value)).toContain(option)
  })

  it('refuse what they do not know, on either side of the dashes, and what does not fit', () => {
    expect(refusalOf('--nonsense')).toContain("unknown option '--nonsense'")
    expect(refusalOf('--', '--nonsense')).toContain("unknown option '--nonsense'")
    expect(refusalOf('-L', '--stop-load', '1')).toContain('cannot be used with')
    expect(refusalOf('-a', '--schedule', 'mon')).toContain('cannot be used with')
  })
})
