/** Limits of the broker. Those a supervisor may choose per sandbox have a floor and a ceiling here. */
export const brokerLimits = {
  controlLineBytesMax: 65_536,
  controlConnectionsMax: 16,
  sandboxesMax: 512,
  /** A started sandbox whose supervisor does not connect in this time is forgotten. */
  connectMs: 5_000,
  memoryPollMs: 100,
  /** New threads of a sandbox are looked for this often. */
  threadListMs: 500,
  /** Threads of a sandbox that used no processor are looked at this often. */
  threadRestMs: 20,
  /** What is kept of a sandbox's standard error, to say why it died. */
  diagnosticBytesMax: 4_096,
  /** A sandbox that writes more than this to its standard error is ended. */
  diagnosticFloodBytes: 16_777_216,
  /** After a kill from within, bubblewrap is given this long to end by itself. */
  reapMs: 500,
  /** The group of a sandbox that has ended may be in use for a moment. */
  groupRemovalMs: 20,
  groupRemovalsMax: 100,
  /** How long the jail may take to prove itself when the broker starts. */
  probeMs: 10_000,
} as const

/** What one sandbox may use; `[least, default, most]`. */
const sandboxRanges = {
  heapMib: [16, 1024, 65_536],
  memoryMib: [128, 2048, 262_144],
  openFiles: [64, 256, 4096],
  processes: [32, 64, 1024],
  fileMib: [0, 64, 65_536],
  niceness: [0, 10, 19],
} as const

type SandboxLimitName = keyof typeof sandboxRanges
export type SandboxLimits = Readonly<Record<SandboxLimitName, number>>

/** The limits of a `start` request: unknown names are ignored, values are moved into their range. */
export function parseSandboxLimits(value: unknown): SandboxLimits {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >
  const limits = Object.entries(sandboxRanges).map(([name, [least, usual, most]]) => {
    const wanted = given[name]
    const number = typeof wanted === 'number' && Number.isFinite(wanted) ? wanted : usual
    return [name, Math.min(most, Math.max(least, Math.floor(number)))] as const
  })
  return Object.fromEntries(limits) as Record<SandboxLimitName, number>
}
