/** How a program of this package ends: with the status of its main function. */
import { describeFailure } from './failure.ts'

/** Status 1 and the reason, for a person, when it fails. */
export async function runMain(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main()
  } catch (error) {
    process.stderr.write(`${describeFailure(error)}\n`)
    process.exitCode = 1
  }
}
