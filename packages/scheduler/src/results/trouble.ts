/** What a failed or returned slice means for its job, by the code it came with (worker §2.7). */
import { jobFailuresMin, jobFailuresShare } from '../limits.ts'

/**
 * count: against the slice and its job; elsewhere: another worker should try; free: nobody's fault.
 */
export type Blame = 'count' | 'elsewhere' | 'free'

const blames: ReadonlyMap<string | undefined, Blame> = new Map(
  Object.entries({
    ENOPROGRESS: 'count',
    ESLICETOOSLOW: 'count',
    EUNCAUGHT: 'count',
    ENOMODULE: 'count',
    EMODULETOOBIG: 'count',
    EWORKREJECT: 'count',
    ESANDBOX: 'count',
    EMEMORY: 'count',
    ETOOBIG: 'count',
    EMODULEFECTCH: 'free',
    EPERM_ORIGIN: 'elsewhere',
    EFETCH: 'elsewhere',
    ESLICEFETCH: 'elsewhere',
    EJOBFETCH: 'elsewhere',
  } as const),
)

/** A failure counts unless the table says otherwise. */
export function blameOfFailure(code: string | undefined): Blame {
  return blames.get(code) ?? 'count'
}

/** A return is nobody's fault unless the table says otherwise. */
export function blameOfReturn(code: string | undefined): Blame {
  return blames.get(code) ?? 'free'
}

/** Codes with which a job ends as such; any other failure ends it as `ETOOMANYERRORS`. */
const ownCodes: ReadonlySet<string> = new Set([
  'ENOPROGRESS',
  'ESLICETOOSLOW',
  'EWORKREJECT',
  'ENOMODULE',
  'EMODULETOOBIG',
])

export function endCode(code: string | undefined): string {
  return code !== undefined && ownCodes.has(code) ? code : 'ETOOMANYERRORS'
}

/** How many slices of a job may fail twice before it is given up. */
export function failuresAllowed(computed: number): number {
  return Math.max(jobFailuresMin, Math.floor(computed * jobFailuresShare))
}
