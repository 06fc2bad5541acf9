/**
 * The command line of the official launcher `dcp-evaluator-start`, and what its options mean for our
 * evaluator. Those that replace the official program or its scripts mean nothing here.
 */
import { Command, Option } from 'commander'

import { parsePort } from '../numbers.ts'

/** The port at which official workers look for an evaluator. */
const officialPort = 9000

export const defaultPidFile = '/run/dcp-evaluator.pid'

export interface StartFlags {
  readonly port: number
  readonly stdio?: true
  readonly listen?: string
  readonly tokenFile?: string
  readonly jail?: string
  readonly gpu?: boolean
  readonly sandboxType: string
  readonly dump?: true
  readonly dumpTypes?: true
  readonly dumpFiles?: true
  readonly json?: true
  readonly verbose?: true
  readonly pidFile?: string | true
  readonly [other: string]: unknown
}

/** Options that are taken and do nothing, with the reason. */
const idle: Readonly<Record<string, string>> = {
  prefix: 'there is one program, and it is part of this package',
  evaluator: 'there is one program, and it is part of this package',
  rEvaluator: 'there is one program, and it is part of this package',
  sandboxLibexecDir: 'sandboxes bring what they run',
  sandboxDefinitions: 'sandboxes bring what they run',
  debugLogLevel: 'the evaluator tells on standard error what goes wrong, and nothing else',
}

/** The kinds of sandboxes that may be asked for. */
export const sandboxTypes = ['native', 'node'] as const

export interface StartOptions {
  readonly flags: StartFlags
  /** Options of the evaluator itself. */
  readonly evaluator: readonly string[]
  /** Those of them that do not say where it listens and to whom. */
  readonly others: readonly string[]
  /** What was asked for and is not done. */
  readonly notes: readonly string[]
}

/** What stands behind `--`: options of our evaluator, or flags of V8 as the official one takes them. */
function ownOptions(rest: readonly string[]): { options: string[]; notes: string[] } {
  const options: string[] = []
  const notes: string[] = []
  for (const argument of rest) {
    const [, flags] = /^--options=(.*)$/.exec(argument) ?? []
    if (flags === undefined) options.push(argument)
    else {
      const [, heap] = /--max-old-space-size=(\d+)/.exec(flags) ?? []
      if (heap === undefined) notes.push(`--options=${flags} has no meaning here`)
      else options.push('--heap', heap)
    }
  }
  return { options, notes }
}

const taken = 'taken for compatibility, does nothing'

export function createStartCommand(): Command {
  return new Command('dcp-evaluator-start')
    .description('Starts an evaluator for the official worker.')
    .usage('[options] [-- [options of manyhands evaluator] [--options=<V8 flags>]]')
    .addOption(
      new Option('-p, --port <n>', 'port to listen on, of this machine alone')
        .default(officialPort)
        .argParser(parsePort),
    )
    .addOption(
      new Option('-s, --stdio', 'serve one session on the standard streams (inetd) instead'),
    )
    .addOption(
      new Option(
        '--listen <address>',
        'HOST:PORT or path of a socket to listen on instead; other machines need a token',
      ).conflicts('stdio'),
    )
    .option('--token-file <file>', 'what connections must say in their first line')
    .addOption(
      new Option('--jail <policy>', 'whether sandboxes must be jailed (default: auto)').choices([
        'auto',
        'required',
        'none',
      ]),
    )
    .option('--gpu', 'let work functions use the graphics processor')
    .addOption(
      new Option('-t, --sandbox-type <type>', 'kind of sandbox; all are the same here')
        .choices(sandboxTypes)
        .default('native'),
    )
    .option('-D, --dump', 'print the configuration and leave')
    .option('-T, --dump-types', 'print the kinds of sandboxes and leave')
    .option('-F, --dump-files', 'print the files that run in a sandbox and leave')
    .option('-J, --json', 'print these as JSON')
    .option('-v, --verbose', 'say what is run')
    .option('-f, --pid-file [path]', `write the process id to a file (${defaultPidFile})`)
    .addOption(new Option('--pidFile [path]', 'the same').hideHelp())
    .option('--prefix <dir>', taken)
    .option('-e, --evaluator <path>', taken)
    .option('-r, --r-evaluator <id>', taken)
    .addOption(new Option('--rEvaluator <id>', taken).hideHelp())
    .option('--sandbox-libexec-dir <dir>', taken)
    .option('--sandbox-definitions <file>', taken)
    .option('-d, --debug-log-level <level>', taken)
    .addOption(new Option('--debugLogLevel <level>', taken).hideHelp())
    .argument('[rest...]')
    .addHelpText(
      'after',
      `
To pass options to the evaluator, put them behind --:
  dcp-evaluator-start -p 9000 -- --options=--max-old-space-size=2048 --memory 4096`,
    )
}

/** Reads the flags of a parsed command. */
export function readStartOptions(command: Command): StartOptions {
  const flags = command.opts<StartFlags>()
  const { options, notes } = ownOptions(command.args)
  const { gpu, jail, listen = `127.0.0.1:${flags.port}`, stdio, tokenFile } = flags
  const address = stdio === true ? ['--stdio'] : ['--listen', listen]
  if (tokenFile !== undefined) address.push('--token-file', tokenFile)
  const own = [...(jail === undefined ? [] : ['--jail', jail]), ...(gpu === true ? ['--gpu'] : [])]
  const others = [...own, ...options]
  const unused = Object.entries(idle)
    .filter(([name]) => flags[name] !== undefined)
    .map(([name, reason]) => `--${name} does nothing: ${reason}`)
  return { flags, evaluator: [...address, ...others], others, notes: [...unused, ...notes] }
}
