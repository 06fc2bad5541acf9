import { describe, expect, it } from 'vitest'

import { createJobOrder } from './job-order.ts'

interface Preparation {
  readonly promise: Promise<string>
  readonly finish: (text: string) => void
  readonly fail: (error: Error) => void
}

function preparation(): Preparation {
  let finish: Preparation['finish'] = () => undefined
  let fail: Preparation['fail'] = () => undefined
  const promise = new Promise<string>((resolve, reject) => {
    finish = resolve
    fail = reject
  })
  return { promise, finish, fail }
}

describe('the order of requests about a job', () => {
  it('lets in at once what waits for nothing', () => {
    const order = createJobOrder()
    const entered: string[] = []
    const enter = async (text: string): Promise<void> => void entered.push(text)
    void order.enter('job', 'one', enter)
    void order.enter('job', 'two', enter)
    expect(entered).toEqual(['one', 'two'])
  })

  it('is kept behind what takes longer, for this job only', async () => {
    const order = createJobOrder()
    const entered: string[] = []
    const enter = async (text: string): Promise<string> => {
      entered.push(text)
      return text.toUpperCase()
    }
    const long = preparation()
    const replies = [
      order.enter('job', long.promise, enter),
      order.enter('job', 'after', enter),
      order.enter('other', 'elsewhere', enter),
    ]
    expect(entered).toEqual(['elsewhere'])
    long.finish('long')
    expect(await Promise.all(replies)).toEqual(['LONG', 'AFTER', 'ELSEWHERE'])
    expect(entered).toEqual(['elsewhere', 'long', 'after'])
    void order.enter('job', 'later', enter)
    expect(entered.at(-1)).toBe('later')
  })

  it('waits for the place of a request, not for its reply', async () => {
    const order = createJobOrder()
    const long = preparation()
    const reply = preparation()
    const first = order.enter('job', long.promise, () => reply.promise)
    const second = order.enter('job', 'second', async (text) => text)
    long.finish('first')
    expect(await second).toBe('second')
    reply.finish('at last')
    expect(await first).toBe('at last')
  })

  it('fails what counts on something that failed, and nothing later', async () => {
    const order = createJobOrder()
    const long = preparation()
    const enter = async (text: string): Promise<string> => text
    const replies = [order.enter('job', long.promise, enter), order.enter('job', 'close', enter)]
    long.fail(new Error('no space'))
    for (const reply of replies) await expect(reply).rejects.toThrow('no space')
    expect(await order.enter('job', 'again', enter)).toBe('again')
  })

  it('does not hold a refusal of one request against the next', async () => {
    const order = createJobOrder()
    const long = preparation()
    const refuse = (): Promise<never> => Promise.reject(new Error('refused'))
    const first = order.enter('job', long.promise, refuse)
    const second = order.enter('job', 'second', async (text) => text)
    long.finish('first')
    await expect(first).rejects.toThrow('refused')
    expect(await second).toBe('second')
  })
})
