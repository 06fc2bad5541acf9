/** The command line of `dcp-evaluator-manager`: the official options, and those of our monitors. */
import { Command, InvalidArgumentError, Option } from 'commander'

import { parsePort } from '../numbers.ts'
import { type LoadType, loadTypes } from './load.ts'
import { managerLimits } from './limits.ts'
import { type MonitorName, monitorNames } from './monitor.ts'
import { parseWindow, type TimeWindow } from './schedule.ts'
import { defaultSignal, parseSignal, type TrappedSignal } from './signal.ts'

/** The port at which official workers look for an evaluator. */
const officialPort = 9000
const defaultIdleSeconds = 30

/** What its `opts` give. */
export interface ManagerFlags {
  readonly port: number
  readonly prefix?: string
  readonly disableMonitor: readonly MonitorName[]
  readonly always?: true
  readonly idle: number
  readonly maxLoad?: number
  readonly stopLoad?: number
  readonly loadavgType: LoadType
  readonly rate?: number
  readonly limitsWhenBusy?: true
  readonly signal: TrappedSignal
  readonly schedule: readonly TimeWindow[]
  readonly minCharge?: number
  readonly pidfile?: string
  readonly verbose?: true
  readonly proc: string
  readonly pts: string
  readonly sys: string
}

/** The official parser leaves the sign of `-d=session` where it is, so it is allowed. */
function bare(text: string): string {
  return text.startsWith('=') ? text.slice(1) : text
}

function parseNumber(most: number, unit: string): (text: string) => number {
  return (text) => {
    const value = Number(bare(text))
    if (bare(text).trim() === '' || !(value >= 0) || value > most) {
      throw new InvalidArgumentError(`It must be ${unit} from 0 to ${most}.`)
    }
    return value
  }
}

/** What throws of the text becomes a refusal that names the option. */
function refusing<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(bare(text))
    } catch (error) {
      throw new InvalidArgumentError(`${(error as Error).message}.`)
    }
  }
}

function collectMonitor(text: string, former: readonly MonitorName[]): MonitorName[] {
  const name = monitorNames.find((one) => one === bare(text))
  if (name === undefined) {
    throw new InvalidArgumentError(`Allowed choices are ${monitorNames.join(', ')}.`)
  }
  return [...former, name]
}

function collectWindow(text: string, former: readonly TimeWindow[]): TimeWindow[] {
  if (former.length >= managerLimits.windowsMax) {
    throw new InvalidArgumentError(`There may be ${managerLimits.windowsMax} of them.`)
  }
  return [...former, refusing(parseWindow)(text)]
}

const loadMax = 1e6
const secondsMax = 1e6

export function createManagerCommand(): Command {
  return new Command('dcp-evaluator-manager')
    .description(
      'Listens for the official worker on this machine, and runs evaluators while nobody needs it.',
    )
    .usage('[options] [-- <options of dcp-evaluator-start>]')
    .addOption(
      new Option('-p, --port <n>', 'port to listen on, of this machine alone')
        .default(officialPort)
        .argParser(parsePort),
    )
    .addOption(
      new Option('-d, --disable-monitor <name>', `do not monitor ${monitorNames.join(', ')}`)
        .default([], 'none')
        .argParser(collectMonitor),
    )
    .option('-a, --always', 'disable all monitors')
    .addOption(
      new Option('-i, --idle <seconds>', 'a terminal is idle after this long')
        .default(defaultIdleSeconds)
        .argParser(parseNumber(secondsMax, 'seconds')),
    )
    .addOption(
      new Option('-l, --max-load <n>', 'refuse connections above this load').argParser(
        parseNumber(loadMax, 'a load'),
      ),
    )
    .addOption(
      new Option('--stop-load <n>', 'stop running evaluators above this load, too').argParser(
        parseNumber(loadMax, 'a load'),
      ),
    )
    .addOption(
      new Option('-T, --loadavg-type <type>', 'average of 1, 5 or 15 minutes, or a random number')
        .choices(loadTypes)
        .default('short'),
    )
    .addOption(
      new Option('-r, --rate <seconds>', 'least time between two connections').argParser(
        parseNumber(secondsMax, 'seconds'),
      ),
    )
    .addOption(
      new Option(
        '-L, --limits-when-busy',
        'while the machine is busy refuse by load and rate alone; else let everybody in',
      ).conflicts('stopLoad'),
    )
    .addOption(
      new Option(
        '-s, --signal <name,mode>',
        'signal to monitor; toggle: the machine is busy until it comes again, quick: running evaluators end',
      )
        .default(defaultSignal, `${defaultSignal.name},${defaultSignal.mode}`)
        .argParser(refusing(parseSignal)),
    )
    .addOption(
      new Option('--schedule <window>', 'run only at these times, as in "mon-fri 18:00-08:00"')
        .default([], 'none')
        .argParser(collectWindow)
        .conflicts('always'),
    )
    .addOption(
      new Option(
        '--min-charge <percent>',
        'run on battery while it is charged this much',
      ).argParser(parseNumber(100, 'a percentage')),
    )
    .option('-f, --pidfile <path>', 'write the process id to a file')
    .option('-v, --verbose', 'say why connections are refused')
    .option('-P, --prefix <dir>', 'taken for compatibility, does nothing')
    .option('--pts <dir>', 'where terminals are', '/dev/pts')
    .option('--proc <dir>', 'where the load is read', '/proc')
    .option('--sys <dir>', 'where batteries are', '/sys')
    .argument('[rest...]')
    .helpOption('-h, --help', 'print this help')
    .addHelpText(
      'after',
      `
The machine is busy, and evaluators do not run, while
  session      somebody types at a terminal
  screensaver  the screen saver is off (asked over D-Bus, of xscreensaver, of logind)
  signal       the signal has come and not come again
  battery      the machine runs on its battery
and outside of the times of --schedule, where given.

Example:
  dcp-evaluator-manager --max-load 1.5 --schedule "mon-fri 18:00-08:00" --schedule sat,sun`,
    )
}
