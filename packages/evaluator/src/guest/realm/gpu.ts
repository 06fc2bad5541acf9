/**
 * The graphics processor, where it was granted to this sandbox: looked for before any untrusted byte
 * runs, and given without its clock. An adapter that computes in software is as good as none: one of
 * them ends long loops early without a word.
 */
import { type GpuGate, gateSubmits, type QueuePrototype } from './gpu-gate.ts'
import { visibleNames } from './globals.ts'
import { addToNavigator, hideName } from './harden.ts'

interface AdapterInfo {
  readonly vendor: string
  readonly architecture: string
  readonly device: string
  readonly description: string
  readonly isFallbackAdapter?: boolean
}

interface Adapter {
  readonly info: AdapterInfo
  readonly features: Iterable<string>
  requestDevice(descriptor?: object): Promise<unknown>
}

interface Gpu {
  requestAdapter(options?: object): Promise<Adapter | null>
}

interface GpuClasses {
  readonly GPUAdapter: { readonly prototype: Adapter }
  readonly GPUQueue: { readonly prototype: QueuePrototype }
}

export interface FoundGpu {
  /** The adapter in words; empty when there is none. */
  readonly adapter: string
  /** True: real hardware. */
  readonly hardware: boolean
}

const softwareAdapter = /llvmpipe|lavapipe|swiftshader|softpipe|software|basic render|swrast|warp/i
const clock = 'timestamp-query'

/** True for what computes on the processor, by what the adapter says of itself. */
export function isSoftware(info: AdapterInfo): boolean {
  const words = [info.vendor, info.architecture, info.device, info.description].join(' ')
  return info.isFallbackAdapter === true || softwareAdapter.test(words)
}

/** Iterates without anything that the work function can replace. */
function sequence(values: readonly string[], count: number): object {
  return {
    [Symbol.iterator]() {
      let index = 0
      return {
        next: () =>
          index < count
            ? { done: false, value: values[index++] }
            : { done: true, value: undefined },
      }
    },
  }
}

/** Takes the clock out of what an adapter offers and out of what is asked of it. */
export function withoutClock(prototype: Adapter): void {
  const { apply, defineProperty } = Reflect
  const text = String
  const NativeSet = Set
  const features = Object.getOwnPropertyDescriptor(prototype, 'features')?.get
  const request = prototype.requestDevice
  defineProperty(prototype, 'requestDevice', {
    configurable: true,
    enumerable: true,
    writable: true,
    value: async function requestDevice(this: Adapter, descriptor: object = {}) {
      const wanted: string[] = []
      let count = 0
      const { requiredFeatures = [] } = descriptor as { requiredFeatures?: Iterable<unknown> }
      for (const feature of requiredFeatures) {
        const name = text(feature)
        if (name === clock) continue
        defineProperty(wanted, count, { value: name })
        count += 1
      }
      return apply(request, this, [
        { ...descriptor, requiredFeatures: sequence(wanted, count) },
      ]) as unknown
    },
  })
  if (features === undefined) return
  defineProperty(prototype, 'features', {
    configurable: true,
    enumerable: true,
    get(this: Adapter) {
      const offered = new NativeSet(apply(features, this, []) as Iterable<string>)
      offered.delete(clock)
      return offered
    },
  })
}

function gpuNames(): string[] {
  return Reflect.ownKeys(globalThis).filter(
    (name): name is string => typeof name === 'string' && name.startsWith('GPU'),
  )
}

export interface TakenGpu {
  /** Looks for an adapter, and shows the work function what there is, or nothing. */
  readonly find: () => Promise<FoundGpu>
  readonly gate: GpuGate
}

/** Takes what the realm needs before it is hardened; undefined when no processor was granted. */
export function takeGpu(granted: string): TakenGpu | undefined {
  const words = granted.split(' ')
  const software = words.includes('--gpu=software')
  const gpu = (globalThis.navigator as { gpu?: Gpu } | undefined)?.gpu
  if (gpu === undefined || !(software || words.includes('--gpu'))) return undefined
  const { GPUAdapter, GPUQueue } = globalThis as unknown as GpuClasses
  const names = gpuNames()
  for (const name of names) visibleNames.add(name)
  withoutClock(GPUAdapter.prototype)
  const gate = gateSubmits(GPUQueue.prototype)
  const find = async (): Promise<FoundGpu> => {
    const adapter = await gpu.requestAdapter().catch(() => null)
    const hardware = adapter !== null && !isSoftware(adapter.info)
    if (adapter !== null && (hardware || software)) addToNavigator('gpu', gpu)
    else for (const name of names) hideName(name)
    const { description = '', device = '' } = adapter?.info ?? {}
    return { adapter: description === '' ? device : description, hardware }
  }
  return { find, gate }
}
