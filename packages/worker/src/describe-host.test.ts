import { DcpError } from '@manyhands/protocol'
import { expect, it, vi } from 'vitest'

import { createManualClock } from './_manual-clock.ts'
import { describeHost } from './describe-host.ts'
import { limits } from './limits.ts'

const description = { capabilities: 0, worktimes: [], jail: 'none' }

function stage(describe: () => Promise<typeof description>) {
  const clock = createManualClock()
  const warn = vi.fn<(message: string) => void>()
  const closing = new AbortController()
  const { signal } = closing
  const described = describeHost({ describe }, { clock, logger: { warn }, signal })
  described.catch(() => undefined)
  return { clock, warn, closing, described }
}

const missing = async (): Promise<never> => {
  throw new DcpError('ESANDBOX', 'the evaluator cannot be reached: connect ENOENT')
}

it('waits for an evaluator that starts beside it, and says nothing', async () => {
  let calls = 0
  const { clock, warn, described } = stage(async () => (++calls < 3 ? missing() : description))
  await clock.advance(limits.hostQuietMs)
  expect(await described).toBe(description)
  expect(warn).not.toHaveBeenCalled()
})

it('says once why it waits long, and gives up in the end', async () => {
  const { clock, warn, described } = stage(missing)
  await clock.advance(limits.hostStartMs + 1_000)
  await expect(described).rejects.toMatchObject({ code: 'ESANDBOX' })
  expect(warn.mock.calls).toEqual([
    ['the evaluator cannot be reached: connect ENOENT; trying for 60 s'],
  ])
})

it('can be told to leave while it waits', async () => {
  const { clock, closing, described } = stage(missing)
  await clock.advance(100)
  closing.abort(new Error('enough'))
  await expect(described).rejects.toThrow('enough')
})
