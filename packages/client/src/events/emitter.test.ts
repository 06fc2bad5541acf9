import { describe, expect, it, vi } from 'vitest'

import { type Emitter, becomeEmitter, createEventHub } from './emitter.ts'

type Events = { result: [value: number] }

function emitter() {
  const bound = { name: 'the job' }
  const hub = createEventHub({ bound: () => bound })
  const target = {}
  becomeEmitter(hub, target)
  return { hub, bound, emitter: target as Emitter<Events, typeof bound> }
}

describe('an emitter', () => {
  it('compares event names without regard to case', () => {
    const { hub, emitter: subject } = emitter()
    const heard = vi.fn<(...args: unknown[]) => void>()
    subject.on('noProgress', heard)
    hub.emit('NOPROGRESS', 1)
    expect(heard).toHaveBeenCalledWith(1)
    expect(subject.listenerCount('noprogress')).toBe(1)
  })

  it('calls listeners with the job as this', () => {
    const { hub, bound, emitter: subject } = emitter()
    const heard = vi.fn<(this: unknown) => unknown>(function () {
      return this
    })
    subject.on('result', heard)
    hub.emit('result', 1)
    expect(heard).toHaveReturnedWith(bound)
  })

  it.each(['on', 'addListener', 'addEventListener'] as const)(
    'adds by %s and removes by every synonym',
    (add) => {
      for (const remove of ['off', 'removeListener', 'removeEventListener'] as const) {
        const { hub, emitter: subject } = emitter()
        const heard = vi.fn<(...args: unknown[]) => void>()
        expect(subject[add]('result', heard)).toBe(subject)
        subject[remove]('Result', heard)
        expect(hub.emit('result', 1)).toBe(false)
        expect(heard).not.toHaveBeenCalled()
      }
    },
  )

  it('calls a once listener once', () => {
    const { hub, emitter: subject } = emitter()
    const heard = vi.fn<(...args: unknown[]) => void>()
    subject.once('result', heard)
    hub.emit('result', 1)
    hub.emit('result', 2)
    expect(heard.mock.calls).toEqual([[1]])
  })

  it('refuses what is not a function', () => {
    const { emitter: subject } = emitter()
    // @ts-expect-error: a program without types may do this
    expect(() => subject.on('result', 'not a function')).toThrow(/must be a function/)
  })

  it('keeps its methods out of sight', () => {
    expect(Object.keys(emitter().emitter)).toEqual([])
  })
})
