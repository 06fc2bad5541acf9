// A sandbox host whose work functions are scripts: each slice's text says how it ends.
import { DcpError } from '@manyhands/protocol'
import type { BatchEnd, Sandbox, SandboxHost, SliceError, WorkAssignment } from '@manyhands/sandbox'

/** What a slice does: give a value, throw, kill its sandbox with a code, reject, or wait. */
export type Script = (
  input: unknown,
  slice: number,
  work: WorkAssignment,
) =>
  | { value: string; says?: readonly string[] }
  | { error: SliceError }
  | { die: string }
  | { reject: number }
  | 'wait'

export interface ScriptedHost extends SandboxHost {
  /** Every sandbox made, in order. */
  readonly made: { readonly id: string; readonly bindings: string[]; killed: boolean }[]
  /** Batches run, as lists of slices. */
  readonly batches: number[][]
  /** True: no sandbox can be had. */
  away: boolean
  /** Lets the slices that wait give their input back as their result. */
  release(): void
}

const dead = (code: string): SliceError => ({ name: 'SandboxError', message: 'it died', code })

export function createScriptedHost(script: Script, jail = 'none'): ScriptedHost {
  const waiting: (() => void)[] = []
  const host: ScriptedHost = {
    made: [],
    batches: [],
    away: false,
    release() {
      for (const resume of waiting.splice(0)) resume()
    },
    describe: () =>
      Promise.resolve({
        capabilities: 80,
        worktimes: [{ name: 'map-basic', version: '1.0.0' }],
        jail,
      }),
    create() {
      if (host.away) return Promise.reject(new DcpError('ESANDBOX', 'the evaluator is away'))
      const record = {
        id: `sandbox-${host.made.length + 1}`,
        bindings: [] as string[],
        killed: false,
      }
      host.made.push(record)
      return Promise.resolve(createSandbox(record))
    },
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }

  function createSandbox(record: ScriptedHost['made'][number]): Sandbox {
    let assigned: WorkAssignment | undefined
    let stopping = false
    let onKill: (() => void) | undefined
    return {
      id: record.id,
      assign(work) {
        if (work.workFunction.includes('syntax error')) {
          return Promise.reject(new DcpError('EUNCAUGHT', 'unexpected token'))
        }
        assigned = work
        record.bindings.push(work.workFunction)
        return Promise.resolve()
      },
      async run(batch, observer): Promise<BatchEnd> {
        host.batches.push([...batch.slices])
        stopping = false
        for (const [index, slice] of batch.slices.entries()) {
          await Promise.resolve()
          if (stopping) return { kind: 'done' }
          const input: unknown = JSON.parse(batch.values[index] ?? 'null')
          if (assigned === undefined) throw new Error('run before assign')
          let did = script(input, slice, assigned)
          if (did === 'wait') {
            const killed = await new Promise<boolean>((resolve) => {
              waiting.push(() => resolve(false))
              onKill = () => resolve(true)
            })
            if (killed) return { kind: 'died', slice, error: dead('ESANDBOX') }
            did = { value: JSON.stringify(input) }
          }
          if ('die' in did) return { kind: 'died', slice, error: dead(did.die) }
          if ('reject' in did) {
            return { kind: 'rejected', slice, reason: 'not here', retries: did.reject }
          }
          if ('value' in did) {
            const { says = [], value } = did
            for (const text of says) observer.console(slice, 'log', [text], 1)
            observer.results([{ slice, cpuMs: 1, value }])
          } else observer.results([{ slice, cpuMs: 1, ...did }])
        }
        return { kind: 'done' }
      },
      stop() {
        stopping = true
      },
      kill() {
        record.killed = true
        onKill?.()
        return Promise.resolve()
      },
    }
  }
  return host
}
