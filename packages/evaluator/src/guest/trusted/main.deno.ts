/**
 * The program that runs in a sandbox, in Deno. Its one argument says what the supervisor speaks:
 * nothing for our frames, `lines` for the line protocol of the official worker.
 */
import { programArguments } from './deno.ts'
import { serveLines } from './lines/serve-lines.ts'
import { serveFrames } from './serve-frames.ts'

await (programArguments[0] === 'lines' ? serveLines() : serveFrames())
