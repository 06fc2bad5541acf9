/**
 * Evaluates a text at the top of the realm. Whoever supervises the sandbox asks for this; what it can
 * do here, a work function can.
 */
import type { EvalOrder, RealmReport } from '../messages.ts'
import { cross } from './cross.ts'
import { describeError } from './describe-error.ts'
import { defineGlobal } from './harden.ts'

/** Posts what the text evaluates to, or that it failed. */
export async function evaluateText(
  { filename, id, source, worktimes }: EvalOrder,
  post: (report: RealmReport) => void,
): Promise<void> {
  const known = { worktimes, getWorktimeList: () => worktimes }
  for (const [name, value] of Object.entries(known)) defineGlobal(name, value)
  // The text is code by the request of the supervisor.
  // oxlint-disable-next-line no-eval
  const evaluate = eval
  try {
    post(['evaluated', id, cross(await evaluate(`${source}\n//# sourceURL=${filename}`))])
  } catch (thrown) {
    post(['evalFailed', id, describeError(thrown)])
  } finally {
    for (const name of Object.keys(known)) Reflect.deleteProperty(globalThis, name)
  }
}
