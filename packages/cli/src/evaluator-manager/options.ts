/** What the options of `dcp-evaluator-manager` mean. */
import type { Command } from 'commander'

import { createStartCommand, readStartOptions } from '../official/evaluator-start-options.ts'
import type { ManagerFlags } from './command.ts'
import type { LoadType } from './load.ts'
import { monitorNames } from './monitor.ts'
import type { TimeWindow } from './schedule.ts'
import type { TrappedSignal } from './signal.ts'

export interface ManagerOptions {
  readonly port: number
  readonly disabled: ReadonlySet<string>
  readonly idleSeconds: number
  readonly maxLoad?: number
  readonly stopLoad?: number
  readonly loadType: LoadType
  readonly rateMs?: number
  readonly onlyWhenBusy: boolean
  readonly signal?: TrappedSignal
  readonly schedule: readonly TimeWindow[]
  readonly minCharge?: number
  readonly pidFile?: string
  readonly verbose: boolean
  /** Where the monitors look. */
  readonly proc: string
  readonly pts: string
  readonly sys: string
  /** Options of the evaluator. */
  readonly evaluator: readonly string[]
  /** What was asked for and is not done. */
  readonly notes: readonly string[]
}

/** What stands behind `--`; an option that is none of dcp-evaluator-start is refused as ours are. */
function readEvaluator(manager: Command): ReturnType<typeof readStartOptions> {
  const command = createStartCommand().copyInheritedSettings(manager)
  command.parse(manager.args, { from: 'user' })
  return readStartOptions(command)
}

/** Reads the flags of a parsed command; refuses what does not fit together. */
export function readManagerOptions(command: Command): ManagerOptions {
  const flags = command.opts<ManagerFlags>()
  const { notes, others } = readEvaluator(command)
  const all = flags.always === true
  const disabled = new Set<string>(all ? monitorNames : flags.disableMonitor)
  const { maxLoad, minCharge, pidfile, prefix, rate, stopLoad } = flags
  return {
    port: flags.port,
    disabled,
    idleSeconds: flags.idle,
    ...(maxLoad === undefined ? {} : { maxLoad }),
    ...(stopLoad === undefined ? {} : { stopLoad }),
    loadType: flags.loadavgType,
    ...(rate === undefined ? {} : { rateMs: rate * 1_000 }),
    onlyWhenBusy: flags.limitsWhenBusy === true,
    ...(disabled.has('signal') ? {} : { signal: flags.signal }),
    schedule: flags.schedule,
    ...(minCharge === undefined ? {} : { minCharge }),
    ...(pidfile === undefined ? {} : { pidFile: pidfile }),
    verbose: flags.verbose === true,
    proc: flags.proc,
    pts: flags.pts,
    sys: flags.sys,
    evaluator: others,
    notes: prefix === undefined ? notes : ['--prefix does nothing', ...notes],
  }
}
