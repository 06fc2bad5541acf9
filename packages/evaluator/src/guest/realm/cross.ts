/** Values on their way out of the realm. */
import { findLost } from '../lost.ts'
import type { Crossing } from '../messages.ts'

/** The value with what structured clone would lose of it. */
export function cross(value: unknown): Crossing {
  return { value, lost: findLost(value) }
}
