/**
 * Compiles the table of system calls into a BPF program for the kernel's seccomp filter, as classic
 * BPF instructions of eight bytes. Pure; the tests run the programs in an interpreter.
 */
import { type ArgumentCheck, errno, type Rule, type Syscall, syscalls } from './syscalls.ts'

export type Processor = 'x64' | 'arm64'

export interface Instruction {
  readonly code: number
  /** How many instructions to skip when a comparison holds, and when it does not. */
  readonly jt: number
  readonly jf: number
  readonly k: number
}

/** The opcodes that are used: load a word at an absolute offset, and, compare, jump, return. */
export const opcodes = { load: 0x20, and: 0x54, equal: 0x15, atLeast: 0x35, answer: 0x06 } as const

export const verdicts = { allow: 0x7fff_0000, kill: 0x8000_0000, error: 0x0005_0000 } as const

/** Offsets in the kernel's `seccomp_data`; each argument has eight bytes, the lower half first. */
export const offsets = { number: 0, processor: 4, arguments: 16 } as const

/** What the kernel calls these processors, both little-endian. */
export const auditArchitectures: Readonly<Record<Processor, number>> = {
  x64: 0xc000_003e,
  arm64: 0xc000_00b7,
}

/** Numbers from here on are those of the x32 ABI: other calls under other numbers. */
const x32Bit = 0x4000_0000

function load(offset: number): Instruction {
  return { code: opcodes.load, jt: 0, jf: 0, k: offset }
}

function answer(verdict: number): Instruction {
  return { code: opcodes.answer, jt: 0, jf: 0, k: verdict >>> 0 }
}

function equal(k: number, jt: number, jf: number): Instruction {
  return { code: opcodes.equal, jt, jf, k: k >>> 0 }
}

function and(mask: number): Instruction {
  return { code: opcodes.and, jt: 0, jf: 0, k: mask >>> 0 }
}

/** Skips what follows the comparisons, `rest` instructions, when one holds. */
function anyOf(values: readonly number[], rest: number): Instruction[] {
  return values.map((value, index) => equal(value, values.length - index - 1 + rest, 0))
}

/** Falls through when the argument is one of what it may be; otherwise answers `refusal`. */
function check({ argument, bits, mask, oneOf, or }: ArgumentCheck, refusal: number): Instruction[] {
  const low = offsets.arguments + 8 * argument
  const upperHalf = bits === 64 ? [load(low + 4), equal(0, 1, 0), answer(refusal)] : []
  const masked = mask === undefined ? [] : [and(mask)]
  const others = or === undefined ? [] : [and(or.mask), ...anyOf(or.oneOf, 1)]
  const comparisons = anyOf(oneOf, others.length + 1)
  return [...upperHalf, load(low), ...masked, ...comparisons, ...others, answer(refusal)]
}

function decide(rule: Rule): Instruction[] {
  if (rule === 'allow') return [answer(verdicts.allow)]
  if (rule === 'kill') return [answer(verdicts.kill)]
  const refusal = verdicts.error | rule.errno
  // An empty list is never met: no need to look.
  if (rule.when.some(({ oneOf }) => oneOf.length === 0)) return [answer(refusal)]
  return [...rule.when.flatMap((one) => check(one, refusal)), answer(verdicts.allow)]
}

function compileCall(number: number, { rule }: Syscall): Instruction[] {
  const block = decide(rule)
  return [equal(number, 0, block.length), ...block]
}

/** The program for one processor; every other one, and the x32 ABI, is deadly. */
export function compileFilter(
  processor: Processor,
  table: readonly Syscall[] = syscalls,
): readonly Instruction[] {
  const calls = table.flatMap((syscall) => {
    const number = syscall[processor]
    return number === undefined ? [] : compileCall(number, syscall)
  })
  return [
    load(offsets.processor),
    equal(auditArchitectures[processor], 1, 0),
    answer(verdicts.kill),
    load(offsets.number),
    { code: opcodes.atLeast, jt: 0, jf: 1, k: x32Bit },
    answer(verdicts.kill),
    ...calls,
    answer(verdicts.error | errno.ENOSYS),
  ]
}

/** As bubblewrap reads it: an array of the kernel's `sock_filter`. */
export function encodeFilter(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * 8)
  const view = new DataView(bytes.buffer)
  for (const [index, { code, jf, jt, k }] of program.entries()) {
    view.setUint16(index * 8, code, true)
    view.setUint8(index * 8 + 2, jt)
    view.setUint8(index * 8 + 3, jf)
    view.setUint32(index * 8 + 4, k, true)
  }
  return bytes
}
