/**
 * The program that runs in a sandbox, in Deno. Its first argument says what the supervisor speaks:
 * nothing for our frames, `lines` for the line protocol of the official worker. Names of worktimes
 * follow it whose files can be asked for.
 */
import { programArguments } from './deno.ts'
import { serveLines } from './lines/serve-lines.ts'
import { serveFrames } from './serve-frames.ts'

const [tongue, ...equipment] = programArguments
await (tongue === 'lines' ? serveLines(equipment) : serveFrames())
