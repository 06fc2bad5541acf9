import { describe, expect, it } from 'vitest'

import { openCgroups } from './cgroup.ts'
import { findCgroupPlace } from './cgroup-place.ts'
import { systemFiles } from './file-view.ts'

const place = findCgroupPlace(systemFiles).found

// Where this machine lets nobody make groups there is nothing to be tested.
describe.runIf(place?.prepare === 'nothing')('the group of a sandbox', () => {
  it('may go while it is being killed', async () => {
    if (place === undefined) throw new Error('there is no place')
    const groups = await openCgroups(place)
    for (let count = 0; count < 50; count += 1) {
      const group = await groups.create(`g${count}`, { memoryBytes: 1 << 30, processes: 8 })
      await expect(
        Promise.all([group.kill(), group.kill(), group.remove(), group.kill()]),
      ).resolves.toBeDefined()
    }
    await groups.close()
  })
})
