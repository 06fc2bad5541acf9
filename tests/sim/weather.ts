// What the network does to a text, drawn from the seed: mostly it delays; now and then it repeats,
// reorders, loses, or breaks the link.
import type { Copy, Traffic } from '@manyhands/connection'
import type { Random } from '@manyhands/protocol'

export interface Weather {
  fate(traffic: Traffic): readonly Copy[] | 'cut'
  /** From now on texts only take their time. */
  calm(): void
  readonly counts: { cut: number; lost: number; repeated: number; reordered: number }
}

export function createWeather(random: Random): Weather {
  const counts = { cut: 0, lost: 0, repeated: 0, reordered: 0 }
  // Some seeds have fair weather and some foul, so that both the common and the rare are met.
  const roughness = random.float() ** 2 * 0.03
  let rough = true
  const delayMs = (): number => random.float() * 20

  return {
    counts,
    calm: () => void (rough = false),
    fate() {
      const chance = random.float()
      if (!rough || chance > roughness) return [{ delayMs: delayMs() }]
      if (chance < roughness * 0.4) {
        counts.cut += 1
        return 'cut'
      }
      if (chance < roughness * 0.5) {
        counts.lost += 1
        return []
      }
      if (chance < roughness * 0.8) {
        counts.repeated += 1
        return [{ delayMs: delayMs() }, { delayMs: delayMs() * 10 }]
      }
      counts.reordered += 1
      return [{ delayMs: delayMs() * 5, reorder: true }]
    },
  }
}
