/** Makes the errors of Python as short as their author needs them: his own lines, and what happened. */
import type { GuestError } from '../../messages.ts'
import { describeError } from '../describe-error.ts'
import { preludeFile } from './prelude.ts'

const frame = /^ {2}File "(.*?)", line \d+/
/** Frames of the interpreter's own machinery, which are in every traceback. */
const ours = /^\/lib\/python\d+\.zip\/_pyodide\//

/** Takes frames of the interpreter out of a traceback; each is a line and what is indented below it. */
export function trimTraceback(text: string): string {
  const kept: string[] = []
  let dropping = false
  for (const line of text.split('\n')) {
    const [, file] = frame.exec(line) ?? []
    if (file !== undefined) dropping = ours.test(file) || file === preludeFile
    else if (!line.startsWith('    ')) dropping = false
    if (!dropping) kept.push(line)
  }
  return kept.join('\n')
}

/** An error of Python in the form in which errors of work functions travel; others as they are. */
export function pythonError(thrown: unknown): unknown {
  const { code, message, name }: GuestError = describeError(thrown)
  if (name !== 'PythonError') return thrown
  const text = trimTraceback(message)
  const error = new Error(text)
  return Object.assign(error, {
    name,
    stack: `${name}: ${text}`,
    ...(code === undefined ? {} : { code }),
  })
}
