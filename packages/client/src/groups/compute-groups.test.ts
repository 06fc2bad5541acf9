import { publicComputeGroup } from '@manyhands/protocol'
import { createPureCrypto, joinHash } from '@manyhands/wallet'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { scriptScheduler } from '../_scripted-scheduler.ts'
import type { ScriptedScheduler } from '../_scripted-scheduler.ts'

let scheduler: ScriptedScheduler
let refusal: object | undefined
beforeEach(() => {
  refusal = undefined
  const reply = (): object => refusal ?? { success: true, payload: 'done' }
  const operations = ['createGroup', 'changeGroup', 'deleteGroup', 'addJobToGroups', 'removeJob']
  scheduler = scriptScheduler(
    Object.fromEntries(operations.map((name) => [`computeGroups.${name}`, reply])),
  )
})
afterEach(() => scheduler[Symbol.asyncDispose]())

const hash = joinHash('demo', 'theSecret', createPureCrypto())

function sent(): unknown {
  return scheduler.received.at(-1)?.data
}

describe('compute groups', () => {
  it('are made with the hash of their secret, never with the secret', async () => {
    const { computeGroups } = scheduler.client
    const group = { joinKey: 'demo', joinSecret: 'theSecret' }
    const properties = { commissionRate: 0.1 }
    expect(await computeGroups.createGroup(group, 'Demo', 'mine', properties)).toEqual({
      success: true,
      payload: 'done',
    })
    expect(sent()).toEqual({
      joinDescriptor: { joinKey: 'demo', joinHash: hash },
      name: 'Demo',
      description: 'mine',
      otherProperties: properties,
    })
    expect(computeGroups.calculateJoinHash(group)).toBe(hash)
    await computeGroups.changeGroup({ joinKey: 'demo' }, { joinSecret: 'theSecret', name: 'New' })
    expect(sent()).toEqual({
      descriptor: { joinKey: 'demo' },
      newDescriptor: { joinHash: hash, name: 'New' },
    })
  })

  it('answer a refusal instead of throwing it', async () => {
    refusal = { success: false, code: 'EPERM', message: 'it is not yours' }
    const { success, error } = await scheduler.client.computeGroups.deleteGroup({ id: 'x' })
    expect([success, error?.code, error?.message]).toEqual([false, 'EPERM', 'it is not yours'])
    expect(sent()).toEqual({ descriptor: { id: 'x' } })
  })

  it('are joined with a proof that is another on each session', async () => {
    const proofs: unknown[] = []
    for (let session = 0; session < 2; session++) {
      await scheduler.client.computeGroups.addJobToGroups('job', [
        { joinKey: 'demo', joinSecret: 'theSecret' },
        publicComputeGroup,
      ])
      const { cgArray } = sent() as { cgArray: { joinHashHash?: string; joinSecret?: string }[] }
      expect(cgArray[0]).toMatchObject({ joinKey: 'demo' })
      expect(JSON.stringify(cgArray)).not.toContain('theSecret')
      expect(JSON.stringify(cgArray)).not.toContain(hash)
      expect(cgArray[1]).toEqual(publicComputeGroup)
      proofs.push(cgArray[0]?.joinHashHash)
      await scheduler.restart()
    }
    expect(proofs[0]).toMatch(/^eh1-[0-9a-f]{64}$/)
    expect(proofs[0]).not.toBe(proofs[1])
  })
})

describe('the compute groups of a job', () => {
  async function joined(groups?: unknown): Promise<unknown> {
    const job = scheduler.client.compute.for([1], (n) => n)
    if (groups !== undefined) job.computeGroups = groups as typeof job.computeGroups
    refusal = { success: false, code: 'ECGNONE', message: 'none' }
    await expect(job.exec()).rejects.toMatchObject({ code: 'DCPL-1100' })
    const asked = scheduler.received.find(
      ({ operation }) => operation === 'computeGroups.addJobToGroups',
    )
    return (asked?.data as { cgArray: unknown } | undefined)?.cgArray
  }

  it('are the public one at first', async () => {
    expect(await joined()).toEqual([publicComputeGroup])
  })

  it('are those the program says', async () => {
    expect(await joined([{ joinKey: 'demo', joinSecret: 'theSecret' }, { id: 'x' }])).toEqual([
      { joinKey: 'demo', joinHashHash: expect.stringMatching(/^eh1-/) as string },
      { id: 'x' },
    ])
  })

  it('must be groups', async () => {
    const job = scheduler.client.compute.for([1], (n) => n)
    for (const wrong of ['demo', [{}], [null], undefined]) {
      job.computeGroups = wrong as never
      await expect(job.exec()).rejects.toMatchObject({ code: 'EBADARG' })
    }
  })
})
