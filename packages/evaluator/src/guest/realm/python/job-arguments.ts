/**
 * The arguments of a Python job: `[n, command …, argv …]`, where `n` is the index at which the entries
 * of `sys.argv` begin (worker protocol §5.9).
 */
export interface PythonArguments {
  readonly argv: readonly unknown[]
  /** Variables of `os.environ`. */
  readonly environment: ReadonlyMap<string, string>
  /** Archives (tar, compressed or not) whose files the interpreter starts with. */
  readonly images: readonly Uint8Array[]
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  throw new TypeError('the argument after "gzImage" must be bytes')
}

/** @throws TypeError for a command that is not known or has not what it needs. */
export function readJobArguments(given: readonly unknown[]): PythonArguments {
  const environment = new Map<string, string>()
  const images: Uint8Array[] = []
  const [begins] = given
  const end = typeof begins === 'number' ? begins : 0
  let command: unknown
  for (let index = 1; index < end; index += 1) {
    const word = given[index]
    if (word === 'gzImage') images.push(bytesOf(given[(index += 1)]))
    else if (word === 'env') command = word
    else if (command === 'env' && typeof word === 'string' && word.includes('=')) {
      const at = word.indexOf('=')
      environment.set(word.slice(0, at), word.slice(at + 1))
    } else
      throw new TypeError(`the argument ${index} of a Python job is no command: ${String(word)}`)
  }
  return { argv: given.slice(end), environment, images }
}
