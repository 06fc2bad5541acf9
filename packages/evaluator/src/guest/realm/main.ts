/**
 * The realm of the work function: hardened first, then the harness, then whatever the trusted thread
 * orders. Nothing of a job is in it before `assign`.
 */
import type { RealmOrder } from '../messages.ts'
import { findFeatures } from './features.ts'
import { takeGpu } from './gpu.ts'
import { harden } from './harden.ts'
import { takePlatform } from './platform.ts'
import { createRunner } from './runner.ts'

const platform = takePlatform()
const listen = globalThis.addEventListener.bind(globalThis)
const features = findFeatures()
const gpu = takeGpu((globalThis as { name?: string }).name ?? '')
harden()
const runner = createRunner(platform, gpu?.gate)

listen('error', (event) => {
  event.preventDefault()
  runner.uncaught(event.error)
})
listen('unhandledrejection', (event) => {
  event.preventDefault()
  runner.uncaught(event.reason)
})
listen('message', (event) => {
  if (!event.isTrusted) return
  const order = event.data as RealmOrder
  switch (order.kind) {
    case 'assign':
      void runner.assign(order)
      break
    case 'worktime':
      runner.equip(order)
      break
    case 'run':
      void runner.run(order)
      break
    case 'modules':
      runner.modules(order)
      break
    case 'fetched':
      runner.fetched(order)
      break
    case 'eval':
      void runner.evaluate(order)
      break
    case 'stop':
      runner.stop()
      break
  }
})
if (gpu === undefined) platform.post(['ready', features])
else {
  void gpu
    .find()
    .then(({ adapter, hardware }) =>
      platform.post(['ready', { ...features, webgpu: hardware, adapter }]),
    )
}
