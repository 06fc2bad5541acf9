/** The environment of the evaluator, and what else tells about the machine. */
import { type Attack, attacksOf } from '../attack.ts'

const attack = attacksOf('environment')

export const environmentAttacks: readonly Attack[] = [
  attack('Deno.env.get', 'realm permissions environment', 'return Deno.env.get(canary.variable)'),
  attack(
    'Deno.env.toObject',
    'realm permissions environment',
    'return Object.values(Deno.env.toObject()).join()',
  ),
  attack('process.env', 'realm permissions environment', 'return process.env[canary.variable]'),
  attack(
    'env of node:process',
    'realm imports permissions environment',
    'return (await import("node:process")).env[canary.variable]',
  ),
  attack(
    '/proc/1/environ',
    'realm permissions procfs environment',
    'return Deno.readTextFileSync("/proc/1/environ")',
  ),
  attack(
    '/proc/self/environ',
    'realm permissions procfs environment',
    'return Deno.readTextFileSync("/proc/self/environ")',
  ),
  attack(
    'open descriptors in /proc/self/fd',
    'realm permissions procfs seccomp',
    'return [...Deno.readDirSync("/proc/self/fd")].length > 0 ? "LEAK descriptors" : 0',
  ),
  attack(
    'memory map in /proc/self/maps',
    'realm permissions procfs',
    'return Deno.readTextFileSync("/proc/self/maps").includes("deno") ? "LEAK map" : 0',
  ),
  attack(
    'where Deno is installed',
    'realm bubblewrap',
    'return Deno.execPath() !== "/deno" ? "LEAK path" : 0',
  ),
  attack(
    'name of the machine',
    'realm permissions bubblewrap',
    'return Deno.hostname() === canary.hostname ? "LEAK name" : 0',
  ),
  attack(
    'name of the machine by node:os',
    'realm imports permissions bubblewrap',
    'return (await import("node:os")).hostname() === canary.hostname ? "LEAK name" : 0',
  ),
  attack(
    'user id of the machine',
    'realm permissions bubblewrap',
    'return Deno.uid() !== 65534 ? "LEAK user" : 0',
  ),
  attack('process id of the machine', 'realm bubblewrap', 'return Deno.pid !== 1 ? "LEAK pid" : 0'),
  attack(
    'load of the machine',
    'realm permissions',
    'return Deno.loadavg().length === 3 ? "LEAK load" : 0',
  ),
  attack(
    'memory of the machine',
    'realm permissions',
    'return Deno.systemMemoryInfo().total > 0 ? "LEAK memory" : 0',
  ),
  attack(
    'shared memory of the machine',
    'realm permissions bubblewrap',
    'return Deno.statSync("/dev/shm").isDirectory ? "LEAK directory" : 0',
  ),
]
