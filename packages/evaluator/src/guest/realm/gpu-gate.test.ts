import { describe, expect, it } from 'vitest'

import { gateSubmits } from './gpu-gate.ts'

/** A class of queues of its own, and the work they have not done yet. */
function stage() {
  const waiting: { readonly finish: () => void; readonly lose: () => void }[] = []
  const submitted: unknown[] = []
  class Queue {
    submit(commands: unknown): void {
      submitted.push(commands)
    }
    onSubmittedWorkDone(): Promise<void> {
      return new Promise((resolve, reject) => {
        waiting.push({ finish: () => resolve(), lose: () => reject(new Error('lost')) })
      })
    }
  }
  const gate = gateSubmits(Queue.prototype)
  return { gate, waiting, submitted, queue: new Queue(), another: new Queue() }
}

describe('the way to the graphics processor', () => {
  it('is open while a slice runs, and at no other time', () => {
    const { gate, queue, submitted } = stage()
    expect(() => queue.submit(['early'])).toThrow('outside of a slice')
    gate.open()
    queue.submit(['in time'])
    void gate.shut()
    expect(() => queue.submit(['late'])).toThrow('outside of a slice')
    gate.open()
    queue.submit(['next'])
    expect(submitted).toEqual([['in time'], ['next']])
  })

  it('lets a slice end at once that submitted nothing', () => {
    const { gate } = stage()
    gate.open()
    expect(gate.shut()).toBeUndefined()
  })

  it('keeps a slice until every queue it used has done its work, or is lost', async () => {
    const { another, gate, queue, waiting } = stage()
    gate.open()
    for (const one of [queue, another, queue]) one.submit([])
    let over = false
    const shut = gate.shut()?.then(() => {
      over = true
    })
    waiting[0]?.finish()
    await new Promise(setImmediate)
    expect([over, waiting.length]).toEqual([false, 2])
    waiting[1]?.lose()
    await shut
    gate.open()
    expect(gate.shut()).toBeUndefined()
  })

  it('is not widened by a work function that changes what is built in', () => {
    const { gate, queue, waiting } = stage()
    gate.open()
    Object.defineProperty(Array.prototype, 0, { configurable: true, set() {} })
    try {
      queue.submit([])
      void gate.shut()
    } finally {
      Reflect.deleteProperty(Array.prototype, 0)
    }
    expect(waiting).toHaveLength(1)
  })
})
