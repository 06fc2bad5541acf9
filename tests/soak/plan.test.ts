import { expect, it } from 'vitest'

import { fullScale, planOf, targets } from './plan.ts'

it('follows from its seed', () => {
  expect(planOf(1, fullScale)).toEqual(planOf(1, fullScale))
  expect(planOf(1, fullScale)).not.toEqual(planOf(2, fullScale))
})

it('has every client deploy, every part killed and connections cut', () => {
  const { jobs, disturbances } = planOf(1, fullScale)
  expect(jobs.map((own) => own.length)).toEqual(Array.from({ length: 10 }, () => 5))
  const kills = disturbances.flatMap(({ kill }) => kill?.target ?? [])
  expect(new Set(kills)).toEqual(new Set(targets))
  expect(kills.length).toBeGreaterThanOrEqual(20)
  expect(disturbances.length - kills.length).toBeGreaterThanOrEqual(50)
})
