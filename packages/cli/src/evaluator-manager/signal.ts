/** A signal by which a person or a program says that the machine is wanted. */
import type { Monitor } from './monitor.ts'

const numbers: Readonly<Record<string, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  10: 'SIGUSR1',
  12: 'SIGUSR2',
  20: 'SIGTSTP',
  30: 'SIGPWR',
}

export const signalModes = ['toggle', 'quick'] as const

export interface TrappedSignal {
  readonly name: NodeJS.Signals
  /** `toggle`: until the signal comes again evaluators do not run; `quick`: those that run end. */
  readonly mode: (typeof signalModes)[number]
}

export const defaultSignal: TrappedSignal = { name: 'SIGPWR', mode: 'toggle' }

/**
 * Reads `[NAME or number][,mode]`.
 * @throws Error when it is another signal, or no mode.
 */
export function parseSignal(text: string): TrappedSignal {
  const [given = '', mode = defaultSignal.mode, ...more] = text.split(',')
  const upper = given.toUpperCase()
  const name = numbers[given] ?? (upper.startsWith('SIG') ? upper : `SIG${upper}`)
  if (given !== '' && !Object.values(numbers).includes(name)) {
    throw new Error(`${given} is none of ${Object.values(numbers).join(', ')}`)
  }
  const known = signalModes.find((one) => one === (mode === '' ? defaultSignal.mode : mode))
  if (known === undefined || more.length > 0) throw new Error(`${mode} is no mode: toggle, quick`)
  return { name: given === '' ? defaultSignal.name : (name as NodeJS.Signals), mode: known }
}

export interface SignalMonitor extends Monitor {
  close(): void
}

/** `onSignal` is called after each; `source` is the process, or what stands for it in tests. */
export function createSignalMonitor(
  { mode, name }: TrappedSignal,
  onSignal: () => void,
  source: Pick<NodeJS.Process, 'on' | 'off'> = process,
): SignalMonitor {
  let wanted = false
  function trap(): void {
    if (mode === 'toggle') wanted = !wanted
    onSignal()
  }
  source.on(name, trap)
  return {
    name: 'signal',
    look: async () => (wanted ? `${name} was received` : undefined),
    close: () => void source.off(name, trap),
  }
}
