import { expect, test } from 'vitest'

import { systemClock } from '@manyhands/protocol'

import type { Bearer } from './bearer.ts'
import { createMemoryNetwork, type Traffic } from './memory-network.ts'

const signal = new AbortController().signal

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
}

async function createPair(fate?: (traffic: Traffic) => readonly object[] | 'cut'): Promise<{
  client: Bearer
  server: Bearer
  log: string[]
  readonly cut: () => void
}> {
  const network = createMemoryNetwork({
    clock: systemClock,
    ...(fate === undefined ? {} : { fate }),
  })
  const accepted: Bearer[] = []
  network.listen('here', (bearer) => void accepted.push(bearer))
  const client = await network.connector('here')(signal)
  const [server] = accepted
  if (server === undefined) throw new Error('nobody was connected')
  const log: string[] = []
  const listen = (name: string, bearer: Bearer): void =>
    bearer.receive({
      message: (text) => void log.push(`${name} got ${text}`),
      closed: (reason) => void log.push(`${name} ${reason}`),
    })
  listen('client', client)
  listen('server', server)
  return { client, server, log, cut: () => network.links()[0]?.cut() }
}

test('texts arrive in order, and before the close that follows them', async () => {
  const { client, server, log } = await createPair()
  client.send('1')
  client.send('2')
  server.send('3')
  client.close()
  client.send('late')
  await settled()
  expect(log).toEqual([
    'server got 1',
    'server got 2',
    'client got 3',
    'client closed',
    'server closed',
  ])
})

test('a cut loses what is on its way', async () => {
  const { client, log, cut } = await createPair()
  client.send('1')
  cut()
  await settled()
  expect(log).toEqual(['client cut', 'server cut'])
})

test('the fate of a text is lost, once, twice or the end', async () => {
  const { client, log } = await createPair(({ text }) => {
    if (text === 'end') return 'cut'
    return Array.from({ length: Number(text) }, () => ({}))
  })
  for (const text of ['0', '1', '2', 'end', '1']) client.send(text)
  await settled()
  expect(log.filter((line) => line.includes('got'))).toEqual([])
  expect(log).toContain('server cut')
})

test('nobody at a location is an error that may pass', async () => {
  const network = createMemoryNetwork({ clock: systemClock })
  const open = network.connector('here')
  await expect(open(signal)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  const stop = network.listen('here', () => undefined)
  expect(() => network.listen('here', () => undefined)).toThrow(/taken/)
  await open(signal)
  expect(network.links()).toHaveLength(1)
  stop()
  expect(network.links()).toHaveLength(0)
  await expect(open(signal)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
})
