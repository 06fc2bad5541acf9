import { describe, expect, it } from 'vitest'

import { allLayers, casesOf, groups, isProtocolAttack } from './attack.ts'
import { attacks, withoutTarget } from './cases/index.ts'

describe('the table of attacks', () => {
  const cases = casesOf(attacks)

  it('gives every attack a name of its own in its group', () => {
    const names = attacks.map(({ group, name }) => `${group}: ${name}`)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
    const caseNames = cases.map(({ attack, name }) => `${attack.group}: ${name}`)
    expect(new Set(caseNames).size).toBe(caseNames.length)
  })

  it('names known layers, each once, and assumes none of them broken', () => {
    for (const attack of attacks) {
      expect(attack.stoppedBy.length).toBeGreaterThan(0)
      expect(attack.stoppedBy.filter((layer) => !allLayers.includes(layer))).toEqual([])
      expect(new Set(attack.stoppedBy).size).toBe(attack.stoppedBy.length)
      const assumed: readonly string[] = isProtocolAttack(attack) ? [] : attack.assumed
      expect(attack.stoppedBy.filter((layer) => assumed.includes(layer))).toEqual([])
    }
  })

  it('fills every group and attacks every layer', () => {
    expect(groups.filter((group) => !attacks.some((attack) => attack.group === group))).toEqual([])
    const attacked = new Set(cases.map(({ layer }) => layer))
    expect(allLayers.filter((layer) => !attacked.has(layer))).toEqual([])
  })

  it('gives a reason for what it leaves out', () => {
    expect(withoutTarget.filter(([, reason]) => reason === '')).toEqual([])
  })
})
