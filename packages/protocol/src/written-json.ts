/**
 * JSON that is text already and goes into a message as it is. To parse a long value only to write it
 * again costs as much as all else that is done to it. While the message around it is written, a mark
 * that nobody can guess stands in its place.
 */
import { systemRandom } from './ports/system-random.ts'

const markLength = 32

/** Made when it is first needed: not every realm that loads this file has random numbers. */
let mark: string | undefined

/** The texts met by the `writeJson` that runs. */
let met: string[] | undefined

/**
 * What stands for an object whose JSON is `text`. Whoever looks at the members `names` gets them
 * parsed; whoever writes it by `JSON.stringify` alone gets the same text more slowly.
 */
export function writtenJson<Shape extends object>(
  text: string,
  names: readonly (keyof Shape & string)[],
): Shape {
  const shape: object = {}
  for (const name of names) {
    const get = (): unknown => (JSON.parse(text) as Readonly<Record<string, unknown>>)[name]
    Object.defineProperty(shape, name, { get, enumerable: true })
  }
  Object.defineProperty(shape, 'toJSON', { value: () => stand(text) })
  return shape as Shape
}

function stand(text: string): unknown {
  if (met === undefined) return JSON.parse(text)
  mark ??= systemRandom.token(markLength)
  return `${mark}:${met.push(text) - 1}`
}

/** `JSON.stringify`, with texts that were written before left as they are. */
export function writeJson(value: unknown): string | undefined {
  const outer = met
  const texts: string[] = []
  met = texts
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } finally {
    met = outer
  }
  if (text === undefined || texts.length === 0) return text
  return text
    .split(`"${mark}:`)
    .map((part, index) => {
      if (index === 0) return part
      const end = part.indexOf('"')
      return `${texts[Number(part.slice(0, end))]}${part.slice(end + 1)}`
    })
    .join('')
}
