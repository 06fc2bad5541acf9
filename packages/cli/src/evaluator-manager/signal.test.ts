import { EventEmitter } from 'node:events'

import { describe, expect, it } from 'vitest'

import { createSignalMonitor, parseSignal } from './signal.ts'

describe('the signal', () => {
  it('in toggle mode makes the machine busy until it comes again', async () => {
    const source = new EventEmitter()
    let heard = 0
    const monitor = createSignalMonitor(
      { name: 'SIGPWR', mode: 'toggle' },
      () => (heard += 1),
      source as unknown as NodeJS.Process,
    )
    expect(await monitor.look()).toBeUndefined()
    source.emit('SIGPWR')
    expect(await monitor.look()).toBe('SIGPWR was received')
    source.emit('SIGPWR')
    expect(await monitor.look()).toBeUndefined()
    expect(heard).toBe(2)
    monitor.close()
    expect(source.listenerCount('SIGPWR')).toBe(0)
  })

  it('in quick mode is told and forgotten', async () => {
    const source = new EventEmitter()
    let heard = 0
    const monitor = createSignalMonitor(
      { name: 'SIGUSR2', mode: 'quick' },
      () => (heard += 1),
      source as unknown as NodeJS.Process,
    )
    source.emit('SIGUSR2')
    expect(await monitor.look()).toBeUndefined()
    expect(heard).toBe(1)
    monitor.close()
  })

  it('is given by name or number, and with a mode', () => {
    expect(parseSignal('SIGUSR2')).toEqual({ name: 'SIGUSR2', mode: 'toggle' })
    expect(parseSignal('hup,quick')).toEqual({ name: 'SIGHUP', mode: 'quick' })
    expect(parseSignal('12')).toEqual({ name: 'SIGUSR2', mode: 'toggle' })
    expect(parseSignal(',quick')).toEqual({ name: 'SIGPWR', mode: 'quick' })
  })

  it.each(['SIGKILL', 'nonsense', '9', 'SIGPWR,slow', 'SIGPWR,quick,quick'])(
    'is not %s',
    (text) => {
      expect(() => parseSignal(text)).toThrow(/is none of|is no mode/)
    },
  )
})
