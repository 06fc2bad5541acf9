/** The command line: every command, every option and its default. Thin: each command is a module. */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

import { Command, Help, Option } from 'commander'

import { collectOrigin } from './worker/allowed-origins.ts'
import { logLevels } from './log-level.ts'
import type { LogLevel } from './log-level.ts'
import { parseMemory, parsePort, parseSandboxes } from './numbers.ts'
import {
  collectGroup,
  parseDirectory,
  parseHost,
  parseLocation,
  parsePackage,
  parsePublicUrl,
} from './option-values.ts'

const defaultPort = 4280

/** What the program does; each is loaded only when it is called. */
export interface Actions {
  up(options: UpFlags): Promise<number>
  scheduler(options: SchedulerFlags): Promise<number>
  worker(options: WorkerFlags): Promise<number>
  evaluator(options: EvaluatorFlags): Promise<number>
  doctor(options: DoctorFlags): Promise<number>
  config(options: SchedulerFlags): Promise<number>
}

export type Jail = 'auto' | 'required' | 'none'

export interface SchedulerFlags {
  readonly port: number
  /** Address or name to listen on. */
  readonly host: string
  /** Origin at which others reach it. */
  readonly publicUrl?: string
  readonly data?: string
  /** Directory of the official client's package. */
  readonly dcpClient?: string
  readonly logLevel: LogLevel
  readonly json: boolean
}

/** For whom a worker computes, and what it may reach for them. */
export interface WorkerRights {
  /** `key,secret` of compute groups. */
  readonly join: readonly string[]
  /** False: for no others than those groups. */
  readonly global: boolean
  /** `[purpose=]URL`. */
  readonly allowOrigin: readonly string[]
  readonly trustGroupOrigins: boolean
}

export interface UpFlags extends SchedulerFlags, WorkerRights {
  readonly sandboxes: number
  readonly once: boolean
  readonly sample: boolean
  readonly jail?: Jail
  readonly gpu?: boolean
}

export interface WorkerFlags extends WorkerRights {
  readonly scheduler: URL
  readonly sandboxes: number
  readonly evaluator?: string
  readonly data?: string
  readonly paymentAddress?: string
  readonly jail?: Jail
  readonly gpu?: boolean
  readonly lifeline: boolean
  readonly logFormat: 'json' | 'text'
  readonly logLevel: LogLevel
}

export interface DoctorFlags {
  readonly json: boolean
}

export interface EvaluatorFlags {
  /** One of the two: where workers of ours connect, and where official ones do. */
  readonly socket?: string
  readonly listen?: string
  readonly tokenFile?: string
  readonly memory?: number
  readonly jail: Jail
  readonly gpu?: boolean
}

export function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** Flags are off unless given: to say so in each line would only hide what matters. */
function describeOption(option: Option): string {
  return option.defaultValue === false ? option.description : new Help().optionDescription(option)
}

const port = (): Option =>
  new Option('--port <n>', 'port of the scheduler; 0 takes any free one')
    .default(defaultPort)
    .argParser(parsePort)
const host = (): Option =>
  new Option(
    '--host <address>',
    'address or name of this machine to listen on; 0.0.0.0 or :: for all of them, so that others ' +
      'may come',
  )
    .default('127.0.0.1')
    .argParser(parseHost)
const publicUrl = (): Option =>
  new Option(
    '--public-url <url>',
    'where others reach it, for one behind a proxy or another name (default: where they came)',
  ).argParser(parsePublicUrl)
const data = (
  note = 'data directory (default: manyhands in $XDG_DATA_HOME, else in ~/.local/share)',
): Option => new Option('--data <dir>', note).argParser(parseDirectory)
const dcpClient = (): Option =>
  new Option(
    '--dcp-client <dir>',
    'the npm package dcp-client that pages load from here (default: the one installed beside)',
  ).argParser(parsePackage)
const sandboxes = (least: number, note = ''): Option =>
  new Option('--sandboxes <n>', `work functions that run at the same time${note}`)
    .default(availableParallelism())
    .argParser((text: string) => parseSandboxes(text, least))
const logLevel = (level: LogLevel): Option =>
  new Option('--log-level <level>', 'what is logged, on standard error')
    .choices(logLevels)
    .default(level)
const json = (): Option =>
  new Option(
    '--json',
    'print one line of JSON when ready, and nothing else on standard output',
  ).default(false)
const jail = (note = ''): Option =>
  new Option('--jail <policy>', `whether sandboxes must be jailed${note}`).choices([
    'auto',
    'required',
    'none',
  ])
const gpu = (): Option =>
  new Option('--gpu', 'let work functions use the graphics processor of this machine')

function rights(): Option[] {
  return [
    new Option('--join <key,secret>', 'a compute group to compute for (repeatable)')
      .default([], 'none')
      .argParser(collectGroup),
    new Option('--no-global', 'compute for no others than these groups'),
    new Option(
      '--allow-origin <[purpose=]url>',
      'what may be reached for a job: an origin, or that very URL when it has a path; for one ' +
        'purpose alone (fetchWorkFunctions, fetchArguments, fetchData, sendResults, workerFetch) ' +
        'or for all (repeatable)',
    )
      .default([], 'the scheduler')
      .argParser(collectOrigin),
    new Option('--trust-group-origins', 'allow what the owners of these groups ask for').default(
      false,
    ),
  ]
}

/** `configure` sees the command before its parts are added: what it sets holds for all of them. */
export function createProgram(
  actions: Actions,
  exit: (status: number) => void,
  configure: (program: Command) => void = () => undefined,
): Command {
  const program = new Command('manyhands')
  configure(program)
  program
    .description('A Distributed Computer: deploys jobs, schedules them, and computes their slices.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .showHelpAfterError('(manyhands --help lists what there is)')
    .configureHelp({ optionDescription: describeOption })
    .addHelpText(
      'after',
      `
Examples:
  manyhands                              start a computer here and run the sample job
  manyhands up --no-sample --port 0      start one for your own jobs on any free port
  manyhands up --host 0.0.0.0            start one that other machines can reach
  manyhands worker --scheduler http://host:4280/   lend this machine to a computer elsewhere`,
    )

  const up = program
    .command('up', { isDefault: true })
    .description('start a whole computer on this machine, with a sample job')
    .addOption(port())
    .addOption(host())
    .addOption(publicUrl())
    .addOption(data())
    .addOption(dcpClient())
    .addOption(sandboxes(0, '; 0 starts no worker'))
    .option('--once', 'leave when the sample job is done', false)
    .option('--no-sample', 'deploy no sample job')
    .addOption(logLevel('warn'))
    .addOption(json())
    .addOption(jail('; unless told, they must when others can reach this computer'))
    .addOption(gpu())
    .allowExcessArguments()
    .action(async (options: UpFlags, command: Command) => {
      // What is no command ends up here, because this is the default one.
      const [unknown] = command.args
      if (unknown !== undefined) program.error(`error: unknown command '${unknown}'`)
      exit(await actions.up(options))
    })

  program
    .command('scheduler')
    .description('run the scheduler alone')
    .addOption(port())
    .addOption(host())
    .addOption(publicUrl())
    .addOption(data())
    .addOption(dcpClient())
    .addOption(logLevel('info'))
    .addOption(json())
    .action(async (options: SchedulerFlags) => exit(await actions.scheduler(options)))

  const worker = program
    .command('worker')
    .description('compute for a scheduler')
    .addOption(
      new Option('--scheduler <url>', 'where the scheduler is')
        .default(new URL(`http://127.0.0.1:${defaultPort}/`))
        .env('DCP_SCHEDULER_LOCATION')
        .argParser(parseLocation),
    )
    .addOption(sandboxes(1))
    .option('--evaluator <path>', 'socket of a running evaluator; otherwise one is started')
    .addOption(data('where its identity is kept (default: a new one at each start)'))
    .option('--payment-address <address>', 'account that is paid')
    .addOption(jail('; unless told, they must when the scheduler is on another machine'))
    .addOption(gpu())
    .addOption(logLevel('info'))
    .addOption(
      new Option('--log-format <format>').choices(['json', 'text']).default('json').hideHelp(),
    )
    .addOption(new Option('--lifeline', 'end when standard input does').default(false).hideHelp())
    .action(async (options: WorkerFlags) => exit(await actions.worker(options)))

  for (const command of [up, worker]) for (const option of rights()) command.addOption(option)

  const evaluator = program
    .command('evaluator')
    .description('host sandboxes for a worker')
    .option('--socket <path>', 'unix socket to listen on, for workers of this package')
    .option(
      '--listen <address>',
      'HOST:PORT, PORT or path of a socket to listen on, for the official worker',
    )
    .option(
      '--token-file <file>',
      'with --listen: what connections must say first; needed to listen to other machines',
    )
    .addOption(
      new Option('--memory <mib>', 'with --listen: memory of one sandbox').argParser(parseMemory),
    )
    .addOption(jail().default('auto'))
    .addOption(gpu())
    .action(async (options: EvaluatorFlags) => {
      // Not required options: those of a command bind its subcommands, too.
      if ((options.socket === undefined) === (options.listen === undefined)) {
        return program.error('error: either --socket <path> or --listen <address> is needed')
      }
      exit(await actions.evaluator(options))
    })
  evaluator
    .command('doctor')
    .description('say what this machine offers for a jail, what is missing and how to get it')
    .option('--json', 'print all that was found and looked at, as JSON', false)
    .action(async (options: DoctorFlags) => exit(await actions.doctor(options)))

  program
    .command('config')
    .description('print the configuration that a scheduler with these options publishes')
    .addOption(port())
    .addOption(host())
    .addOption(publicUrl())
    .addOption(data())
    .addOption(logLevel('warn'))
    .action(async (options: SchedulerFlags) => exit(await actions.config(options)))

  for (const command of program.commands) {
    command.showHelpAfterError(`(manyhands ${command.name()} --help lists its options)`)
  }
  return program
}
