import { createManualClock } from '@manyhands/protocol'
import { afterAll, afterEach, describe, expect, it } from 'vitest'

import { makeFolder } from './_folder.ts'
import { managerLimits } from './limits.ts'
import { screenSources } from './screen-sources.ts'
import { createScreensaverMonitor } from './screensaver.ts'

const folder = makeFolder()
afterEach(() => folder.remove('bin'))
afterAll(() => folder.remove())

/** A program on the PATH of the monitor that is this shell script. */
function program(name: string, script: string): void {
  folder.write(`bin/${name}`, `#!/bin/sh\n${script}\n`, 0o755)
}

function watch() {
  const told: string[] = []
  const clock = createManualClock(0)
  const sources = screenSources({ PATH: folder.write('bin/.keep', '').replace('/.keep', '') })
  const monitor = createScreensaverMonitor({ sources, clock, tell: (what) => told.push(what) })
  return { ...monitor, clock, told }
}

describe('the screen saver', () => {
  it.each([
    ['gdbus', '*org.gnome.ScreenSaver.GetActive', '(false,)', '(true,)', 'org.gnome.ScreenSaver'],
    ['busctl', '*/org/mate/ScreenSaver*GetActive', 'b false', 'b true', 'org.mate.ScreenSaver'],
    [
      'dbus-send',
      '*dest=org.kde.screensaver*org.freedesktop.ScreenSaver.GetActive',
      '   boolean false',
      '   boolean true',
      'org.kde.screensaver',
    ],
  ])('is asked over D-Bus by %s', async (name, called, no, yes, service) => {
    const answer = (text: string): void =>
      program(name, `case "$*" in ${called}) echo '${text}';; *) exit 1;; esac`)
    answer(no)
    const { look, told } = watch()
    expect(await look()).toBe('it is not active')
    answer(yes)
    expect(await look()).toBeUndefined()
    expect(told).toEqual([`screensaver: ${service} is asked`])
  })

  it('may be xscreensaver', async () => {
    program('gdbus', 'exit 1')
    const answer = (state: string): void =>
      program('xscreensaver-command', `echo "XScreenSaver 6.06: screen ${state} since Mon Jan  5"`)
    answer('non-blanked')
    const { look } = watch()
    expect(await look()).toBe('it is not active')
    for (const state of ['blanked', 'locked']) {
      answer(state)
      expect(await look()).toBeUndefined()
    }
  })

  it('may be what the login manager knows of graphical sessions', async () => {
    const session = (more: string): string =>
      `Class=user\nType=wayland\nState=active\nLockedHint=no\nIdleHint=no\n${more}`
    const answer = (...sessions: readonly string[]): void =>
      program(
        'loginctl',
        `case "$1" in
        list-sessions) printf '${sessions.map((_, index) => `  ${index} 1000 me seat0\\n`).join('')}';;
        *) printf '%s' '${sessions.join('\n\n')}';;
        esac`,
      )
    answer('Class=user\nType=tty\nState=active\nLockedHint=no\nIdleHint=no', session(''))
    const { look, told } = watch()
    expect(await look()).toBe('it is not active')
    expect(told).toEqual(['screensaver: logind is asked'])
    for (const [property, value] of [
      ['LockedHint', 'yes'],
      ['IdleHint', 'yes'],
      ['State', 'online'],
      ['Type', 'tty'],
      ['Class', 'greeter'],
    ]) {
      answer(session('').replace(new RegExp(`${property}=.*`), `${property}=${value}`))
      expect(await look()).toBeUndefined()
    }
    answer()
    expect(await look()).toBeUndefined()
  })

  it('that is not there is not in use, and is looked for now and then', async () => {
    const { clock, look, told } = watch()
    expect(await look()).toBeUndefined()
    expect(told).toEqual(['screensaver: there is none to ask, over D-Bus or otherwise'])
    program('gdbus', "echo '(false,)'")
    expect(await look()).toBeUndefined()
    clock.advance(managerLimits.searchMs)
    expect(await look()).toBe('it is not active')
  })

  it('that no longer answers counts as in use', async () => {
    program('gdbus', "echo '(true,)'")
    const { look } = watch()
    expect(await look()).toBeUndefined()
    program('gdbus', 'exit 1')
    expect(await look()).toBe('org.gnome.ScreenSaver no longer answers')
  })
})
