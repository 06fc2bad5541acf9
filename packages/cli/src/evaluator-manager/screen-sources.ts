/**
 * Programs that know whether somebody sits at the screen: the screen saver of the desktop over D-Bus,
 * xscreensaver, and the login manager of systemd. Asking programs needs no native library, and whoever
 * has the desktop has them.
 */
import { execFile } from 'node:child_process'

import { managerLimits } from './limits.ts'

/** `away`: the screen saver is on, the screen is locked or there is none. */
export type Presence = 'present' | 'away'

export interface ScreenSource {
  readonly name: string
  /** Undefined when it has no answer here: not installed, no such screen saver, no session. */
  ask(): Promise<Presence | undefined>
}

interface Answer {
  readonly installed: boolean
  /** What it printed; undefined when it failed or took too long. */
  readonly text?: string
}

type Run = (program: string, args: readonly string[]) => Promise<Answer>

function runner(env: NodeJS.ProcessEnv): Run {
  const options = {
    env,
    timeout: managerLimits.askMs,
    maxBuffer: managerLimits.answerBytesMax,
    killSignal: 'SIGKILL' as const,
  }
  return (program, args) =>
    new Promise((resolve) => {
      execFile(program, [...args], options, (error, output) => {
        if (error === null) resolve({ installed: true, text: output })
        else resolve({ installed: error.code !== 'ENOENT' })
      })
    })
}

interface BusName {
  readonly service: string
  readonly path: string
  readonly interface: string
}

function busName(service: string, path: string, face = service): BusName {
  return { service, path, interface: face }
}

const busNames: readonly BusName[] = [
  busName('org.gnome.ScreenSaver', '/org/gnome/ScreenSaver'),
  busName('org.cinnamon.ScreenSaver', '/org/cinnamon/ScreenSaver'),
  busName('org.mate.ScreenSaver', '/org/mate/ScreenSaver'),
  busName('org.xfce.ScreenSaver', '/org/xfce/ScreenSaver'),
  busName('org.kde.screensaver', '/ScreenSaver', 'org.freedesktop.ScreenSaver'),
  busName('org.freedesktop.ScreenSaver', '/org/freedesktop/ScreenSaver'),
]

/** Three programs call methods on the session bus; each prints the answer with `true` or `false`. */
function callsOf({ interface: face, path, service }: BusName): readonly (readonly string[])[] {
  const method = `${face}.GetActive`
  const dest = ['--dest', service, '--object-path', path, '--method', method]
  return [
    ['gdbus', 'call', '--session', ...dest],
    ['busctl', '--user', 'call', service, path, face, 'GetActive'],
    ['dbus-send', '--session', '--print-reply=literal', `--dest=${service}`, path, method],
  ]
}

function busSource(name: BusName, run: Run): ScreenSource {
  return {
    name: name.service,
    async ask() {
      for (const [program = '', ...args] of callsOf(name)) {
        const { installed, text = '' } = await run(program, args)
        // The next program would get the same answer from the same bus.
        if (!installed) continue
        const [, active] = /\b(true|false)\b/.exec(text) ?? []
        if (active === undefined) return undefined
        return active === 'true' ? 'away' : 'present'
      }
      return undefined
    },
  }
}

function xscreensaver(run: Run): ScreenSource {
  return {
    name: 'xscreensaver',
    async ask() {
      const { text = '' } = await run('xscreensaver-command', ['-time'])
      const [, state] = /\bscreen (non-blanked|blanked|locked)\b/.exec(text) ?? []
      if (state === undefined) return undefined
      return state === 'non-blanked' ? 'present' : 'away'
    },
  }
}

/** A session of a person in front of a graphical screen, neither locked nor idle. */
const inUse: Readonly<Record<string, RegExp>> = {
  Class: /^user$/,
  Type: /^(x11|wayland|mir)$/,
  State: /^active$/,
  LockedHint: /^no$/,
  IdleHint: /^no$/,
}

function isUsed(session: string): boolean {
  return Object.entries(inUse).every(([property, value]) => {
    const [, told = ''] = new RegExp(`^${property}=(.*)$`, 'm').exec(session) ?? []
    return value.test(told)
  })
}

function logind(run: Run): ScreenSource {
  return {
    name: 'logind',
    async ask() {
      const { text: list } = await run('loginctl', ['list-sessions', '--no-legend'])
      if (list === undefined) return undefined
      const ids = list.split('\n').flatMap((line) => line.trim().split(/\s+/)[0] || [])
      if (ids.length === 0) return 'away'
      const wanted = Object.keys(inUse).flatMap((property) => ['-p', property])
      const { text } = await run('loginctl', ['show-session', ...ids, ...wanted])
      if (text === undefined) return undefined
      return text.split(/\n\s*\n/).some(isUsed) ? 'present' : 'away'
    },
  }
}

/** In the order in which they are asked. `env` has their PATH and how to reach the bus. */
export function screenSources(env: NodeJS.ProcessEnv): readonly ScreenSource[] {
  const run = runner(env)
  return [...busNames.map((name) => busSource(name, run)), xscreensaver(run), logind(run)]
}
