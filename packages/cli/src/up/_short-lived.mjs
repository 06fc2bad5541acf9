// A child for the tests of keepRunning: notes that it lives, and dies when it is told to.
import { appendFileSync } from 'node:fs'

const [file = '', how] = process.argv.slice(2)
appendFileSync(file, `${process.pid}\n`)
if (how === 'stay') {
  process.stdin.once('end', () => process.exit(0)).resume()
  process.once('SIGTERM', () => process.exit(0))
}
if (how === 'final') process.exit(130)
