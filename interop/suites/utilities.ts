// dcp-util 2.3.14: every sub-command of every utility, by a computer's owner and by a stranger.
import { installFolder } from '../../scripts/install-folder.ts'
import { startComputer } from '../../scripts/start-computer.ts'
import { bankUtility } from '../utilities/bank-utility.ts'
import { cgUtility } from '../utilities/cg-utility.ts'
import { dcpingRows } from '../utilities/dcping.ts'
import { jobUtility } from '../utilities/job-utility.ts'
import { mkadRows } from '../utilities/mkad.ts'
import { publishRows } from '../utilities/publish.ts'
import type { UtilityRow } from '../utilities/row.ts'
import { createScene, type Scene } from '../utilities/scene.ts'
import { schedmsgRows } from '../utilities/schedmsg.ts'
import type { Suite, Verdict } from '../verdict.ts'

interface Row extends UtilityRow {
  readonly package: string
}

const rowsOf = (rows: readonly UtilityRow[]): readonly Row[] =>
  rows.map((row) => ({ ...row, package: 'dcp-util@2.3.14' }))

/** These deploy jobs, and count them. */
const withJobs = rowsOf([...jobUtility, ...cgUtility, ...mkadRows, ...dcpingRows])
/** These meanwhile. */
const others = rowsOf([...bankUtility, ...publishRows, ...schedmsgRows])

/** Every row on one computer with one worker. */
export const utilities: Suite = {
  rows: [...withJobs, ...others],
  async run(chosen, tell) {
    installFolder(new URL('../util-2.3.14/', import.meta.url))
    const computer = await startComputer(1)
    try {
      const scene = await createScene(computer)
      const meanwhile = judgeAll(others.filter(chosen), scene)
      await judgeAll(withJobs.filter(chosen), scene, tell)
      for (const verdict of await meanwhile) tell(verdict)
    } finally {
      await computer.close()
    }
  },
}

async function judgeAll(
  rows: readonly Row[],
  scene: Scene,
  tell?: (verdict: Verdict) => void,
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  for (const row of rows) {
    // oxlint-disable-next-line no-await-in-loop -- rows find what earlier ones left
    const verdict = await judgeRow(row, scene)
    verdicts.push(verdict)
    tell?.(verdict)
  }
  return verdicts
}

async function judgeRow({ check, defect, lack, ...row }: Row, scene: Scene): Promise<Verdict> {
  try {
    await check(scene)
  } catch (error) {
    const report = error instanceof Error ? error.message : String(error)
    return { ...row, outcome: 'red', reason: 'not what must come of it', report }
  }
  if (defect !== undefined) return { ...row, outcome: 'not ours', reason: defect, report: '' }
  if (lack !== undefined) return { ...row, outcome: 'not run', reason: lack, report: '' }
  return { ...row, outcome: 'green', reason: '', report: '' }
}
