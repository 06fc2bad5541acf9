import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

import { expect, it } from 'vitest'

import { createCuttingProxy } from './cutting-proxy.ts'

it('hands on what it is given until it is told to cut', async () => {
  const echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket))
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve))
  const proxy = await createCuttingProxy(() => (echo.address() as AddressInfo).port)
  expect(proxy.cut(0)).toBe(false)
  const socket = connect(proxy.port, '127.0.0.1').on('error', () => undefined)
  socket.write('hello')
  expect(String((await once(socket, 'data'))[0])).toBe('hello')
  expect(proxy.size).toBe(1)
  const closed = once(socket, 'close')
  expect(proxy.cut(0.99)).toBe(true)
  await closed
  expect(proxy.size).toBe(0)
  await proxy.close()
  await new Promise((resolve) => echo.close(resolve))
})
