// Builds what runs from a bundle rather than from source: the guest of the sandboxes. Takes a few
// milliseconds when nothing has changed. Plain JavaScript, no dependencies.
import { buildGuest, isGuestBuilt } from '../packages/evaluator/build.js'

/** Also what vitest calls before a run, so that no test meets an old guest. */
export async function setup() {
  if (isGuestBuilt()) return
  process.stderr.write('building the sandbox guest ...\n')
  await buildGuest()
}
