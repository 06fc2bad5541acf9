import { createManualClock } from '@manyhands/protocol'
import { describe, expect, it } from 'vitest'

import { type AdmissionOptions, createAdmission } from './admission.ts'

const busy = ['session: /dev/pts/0 is in use', 'battery: BAT0 is in use']

function admission(options: Partial<AdmissionOptions>) {
  const clock = createManualClock(0)
  let load = 1
  const read = async (): Promise<number> => load
  const { refuse } = createAdmission({ onlyWhenBusy: false, ...options }, { read }, clock)
  return { clock, refuse, setLoad: (value: number) => (load = value) }
}

describe('a connection', () => {
  it('is let in while the machine is idle, and refused with the reasons otherwise', async () => {
    const { refuse } = admission({})
    expect(await refuse([])).toBeUndefined()
    expect(await refuse(busy)).toBe(busy.join('; '))
  })

  it('is refused above the load', async () => {
    const { refuse, setLoad } = admission({ maxLoad: 1 })
    expect(await refuse([])).toBeUndefined()
    setLoad(1.01)
    expect(await refuse([])).toBe('a load of 1.01 is more than 1')
  })

  it('is refused too soon after the last that was let in', async () => {
    const { clock, refuse } = admission({ rateMs: 2_000 })
    expect(await refuse([])).toBeUndefined()
    clock.advance(1_999)
    expect(await refuse([])).toBe('it comes less than 2 s after the last')
    clock.advance(1)
    expect(await refuse([])).toBeUndefined()
  })

  it('may be held to the limits only while the machine is busy', async () => {
    const { refuse, setLoad } = admission({ maxLoad: 1, onlyWhenBusy: true })
    expect(await refuse(busy)).toBeUndefined()
    setLoad(5)
    expect(await refuse(busy)).toContain('a load of 5')
    expect(await refuse([])).toBeUndefined()
  })
})
