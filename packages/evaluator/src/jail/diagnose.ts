/**
 * What a machine offers, what is missing, how to get it and what follows: pure decisions over facts.
 * What was never tried is not called good: only the proof says that the jail holds.
 */
import { isAtLeast, oldestBubblewrap } from './bubblewrap.ts'
import { type Facts, settingNames } from './facts.ts'
import type { Proof } from './probe.ts'

export interface Finding {
  readonly what: string
  /** `weak`: it works, with less behind it. `missing`: there is no jail because of it. */
  readonly state: 'good' | 'weak' | 'missing'
  /** What there is here. */
  readonly here: string
  readonly remedy?: string
}

export interface Diagnosis {
  readonly jail: 'bubblewrap' | 'none'
  readonly findings: readonly Finding[]
  readonly follows: string
}

const architectures: readonly string[] = ['x64', 'arm64']

const installers: Readonly<Record<string, string>> = {
  debian: 'apt-get install -y',
  ubuntu: 'apt-get install -y',
  fedora: 'dnf install -y',
  rhel: 'dnf install -y',
  suse: 'zypper install -y',
  arch: 'pacman -S --noconfirm',
  alpine: 'apk add',
}

function install({ distributionIds }: Facts, what: string): string {
  const known = distributionIds.map((id) => installers[id]).find((one) => one !== undefined)
  return known === undefined ? `install ${what} with your package manager` : `${known} ${what}`
}

function platform({ distribution, kernel, machine }: Facts): Finding {
  const { arch, platform: name } = machine
  const here = `${distribution}, ${name} ${kernel} ${arch}`
  if (name === 'linux' && architectures.includes(arch))
    return { what: 'platform', state: 'good', here }
  const remedy = 'run the worker on Linux (x64 or arm64), or in a virtual machine with it'
  return { what: 'platform', state: 'missing', here: `${here}: no jail is made for it`, remedy }
}

function bubblewrap(facts: Facts): Finding {
  const what = 'bubblewrap'
  const { bubblewrap: found } = facts.machine
  const remedy = install(facts, 'bubblewrap')
  if (found === undefined) return { what, state: 'missing', here: 'not installed', remedy }
  const here = `${found.path}, version ${found.version}`
  if (isAtLeast(found.version, oldestBubblewrap)) return { what, state: 'good', here }
  return { what, state: 'missing', here: `${here}: ${oldestBubblewrap} or newer is needed`, remedy }
}

const profileText =
  'abi <abi/4.0>, include <tunables/global> profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }'

const containerRemedy = {
  docker:
    'docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined …: the container then relies on our jail',
  podman: 'podman run --security-opt seccomp=unconfined …',
  kubernetes: 'securityContext: seccompProfile: type: Unconfined',
  lxc: 'set security.nesting=true for this container',
  other: 'let the container make user namespaces and mounts',
} as const

/** Why user namespaces are not to be had; undefined when nothing speaks against them. */
function obstacle(facts: Facts): { here: string; remedy: string } | undefined {
  const { container, filtered, profiled, settings } = facts
  if (settings[settingNames.clone] === '0') {
    const name = settingNames.clone
    return { here: `${name} is 0`, remedy: `sysctl -w ${name}=1, and keep it in /etc/sysctl.d` }
  }
  if (settings[settingNames.most] === '0') {
    const name = settingNames.most
    return { here: `${name} is 0`, remedy: `sysctl -w ${name}=15000, and keep it in /etc/sysctl.d` }
  }
  if (settings[settingNames.apparmor] === '1' && !profiled) {
    const name = settingNames.apparmor
    return {
      here: `AppArmor keeps them from programs without a profile (${name} is 1)`,
      remedy:
        `put this into /etc/apparmor.d/bwrap and run apparmor_parser -r on it: ${profileText}; ` +
        `or, for every program: sysctl -w ${name}=0`,
    }
  }
  if (container !== undefined && filtered) {
    return {
      here: `this is a ${container} container whose own filter of system calls is in force`,
      remedy: containerRemedy[container],
    }
  }
  return undefined
}

function userNamespaces(facts: Facts, proof: Proof | undefined): Finding {
  const what = 'user namespaces'
  if (proof?.holds === true) return { what, state: 'good', here: 'made one' }
  const found = obstacle(facts)
  if (found !== undefined) return { what, state: 'missing', ...found }
  return { what, state: 'good', here: 'nothing known speaks against them' }
}

function filter({ filterAnswers }: Facts): Finding {
  const what = 'system call filter'
  const missing = ['kill_process', 'errno', 'allow'].filter((one) => !filterAnswers.includes(one))
  if (missing.length === 0) return { what, state: 'good', here: 'the kernel has it' }
  const remedy = 'use a kernel from 4.14 on with CONFIG_SECCOMP_FILTER'
  return { what, state: 'missing', here: `the kernel cannot answer ${missing.join(', ')}`, remedy }
}

const notTried = 'not tried: something above is missing'

function tried(proof: Proof | undefined): Finding {
  const what = 'the jail'
  if (proof === undefined) return { what, state: 'missing', here: notTried }
  if (proof.holds) return { what, state: 'good', here: 'built, entered and found to hold' }
  const said = proof.said === '' ? '' : ` (${proof.said.split('\n').at(-1) ?? ''})`
  return { what, state: 'missing', here: `does not hold: ${proof.faults.join('; ')}${said}` }
}

function user(facts: Facts): Finding {
  const what = 'user of a sandbox'
  const { root, setpriv } = facts.machine
  if (!root) {
    return {
      what,
      state: 'weak',
      here: 'the one that runs the evaluator',
      remedy:
        'start the evaluator as root, or as a service with a user of its own (DynamicUser=yes)',
    }
  }
  if (setpriv !== undefined)
    return { what, state: 'good', here: 'each has an id of its own, never root' }
  const remedy = install(facts, 'util-linux')
  return {
    what,
    state: 'weak',
    here: 'each has an id of its own; no setpriv to drop the rest',
    remedy,
  }
}

function memory({ cgroup }: Facts): Finding {
  const what = 'memory'
  if (cgroup.found === undefined) {
    return { what, state: 'weak', here: cgroup.reason, remedy: cgroup.remedy }
  }
  const { memory: directory, version } = cgroup.found
  return { what, state: 'good', here: `capped by cgroup v${version} in ${directory}` }
}

function limits(facts: Facts): Finding {
  const what = 'files, processes, core'
  if (facts.machine.prlimit !== undefined)
    return { what, state: 'good', here: facts.machine.prlimit }
  return { what, state: 'weak', here: 'no prlimit here', remedy: install(facts, 'util-linux') }
}

function metering({ machine }: Facts): Finding {
  const what = 'processor time'
  if (machine.procfs) return { what, state: 'good', here: 'read from /proc' }
  return { what, state: 'weak', here: 'taken from the clock of the sandbox: there is no /proc' }
}

/** Whatever there is: it is used only where `--gpu` grants it. */
function graphics(here: string): Finding {
  return { what: 'graphics processor', state: 'good', here }
}

const followsWithJail =
  'A worker here may compute for any scheduler: strangers’ work functions run in the jail.'
const followsWithout =
  'A worker for a scheduler on another host refuses to start here (ENOJAIL) unless told --jail none. ' +
  'For a scheduler on this machine sandboxes run with everything denied by Deno and nothing behind it.'

/** True when nothing known makes it useless to try. */
export function isWorthTrying(facts: Facts): boolean {
  const needed = [platform(facts), bubblewrap(facts), filter(facts)]
  return needed.every(({ state }) => state !== 'missing')
}

/** Judges a machine by its facts and by what came of trying; `gpu` says what there is of one. */
export function diagnose(facts: Facts, proof: Proof | undefined, gpu?: string): Diagnosis {
  const holds = proof?.holds === true
  const findings = [
    platform(facts),
    bubblewrap(facts),
    userNamespaces(facts, proof),
    filter(facts),
    tried(proof),
    user(facts),
    memory(facts),
    limits(facts),
    metering(facts),
    ...(gpu === undefined ? [] : [graphics(gpu)]),
  ]
  return {
    jail: holds ? 'bubblewrap' : 'none',
    findings,
    follows: holds ? followsWithJail : followsWithout,
  }
}

/** What is missing for a jail, one line each; empty when there is one. */
export function missingOf({ findings, jail }: Diagnosis): readonly string[] {
  if (jail !== 'none') return []
  return findings
    .filter(({ here, state }) => state === 'missing' && here !== notTried)
    .map(({ here, remedy, what }) => `${what}: ${here}${remedy === undefined ? '' : `. ${remedy}`}`)
}
