/**
 * The program that runs in a sandbox, in Deno. Its first argument says what the supervisor speaks:
 * `frames`, ours, or `lines`, the line protocol of the official worker. Names of worktimes follow it
 * whose files can be asked for, and `--gpu` where the graphics processor is granted.
 */
import { programArguments } from './deno.ts'
import { serveLines } from './lines/serve-lines.ts'
import { serveFrames } from './serve-frames.ts'

const [tongue, ...more] = programArguments
const equipment = more.filter((word) => !word.startsWith('--'))
await (tongue === 'lines' ? serveLines(equipment) : serveFrames())
