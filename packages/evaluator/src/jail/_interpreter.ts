/** Runs a filter as the kernel does, on one call. Refuses whatever the kernel would refuse to load. */
import { type Instruction, offsets, opcodes } from './filter.ts'

export interface Call {
  readonly number: number
  readonly processor: number
  readonly arguments?: readonly bigint[]
}

const instructionsMax = 4096
const dataBytes = 64

function dataOf({ arguments: given = [], number, processor }: Call): DataView {
  const view = new DataView(new ArrayBuffer(dataBytes))
  view.setUint32(offsets.number, number, true)
  view.setUint32(offsets.processor, processor, true)
  for (const [index, value] of given.entries()) {
    view.setBigUint64(offsets.arguments + 8 * index, BigInt.asUintN(64, value), true)
  }
  return view
}

export function interpret(program: readonly Instruction[], call: Call): number {
  if (program.length > instructionsMax) throw new RangeError('the program is too long')
  const data = dataOf(call)
  let accumulator = 0
  for (let at = 0; ; at += 1) {
    const instruction = program[at]
    if (instruction === undefined) throw new RangeError('ran off the end of the program')
    const { code, jf, jt, k } = instruction
    if (Math.max(jt, jf) > 255) throw new RangeError('a jump too far')
    switch (code) {
      case opcodes.load:
        if (k % 4 !== 0 || k + 4 > dataBytes) throw new RangeError('a load out of the data')
        accumulator = data.getUint32(k, true)
        break
      case opcodes.and:
        accumulator = (accumulator & k) >>> 0
        break
      case opcodes.equal:
        at += accumulator === k ? jt : jf
        break
      case opcodes.atLeast:
        at += accumulator >= k ? jt : jf
        break
      case opcodes.answer:
        return k
      default:
        throw new RangeError(`an instruction that is not used: ${code}`)
    }
  }
}
