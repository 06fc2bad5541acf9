/**
 * Settings from the environment, typed and frozen. A wrong one stops the start, and the message lists
 * all that are wrong, not only the first.
 */
import { DcpError } from '@manyhands/protocol'

/** One setting: the variable, its default, and how its text is understood. */
export interface Setting<Value> {
  readonly variable: string
  readonly fallback: Value
  /** True: never printed. */
  readonly secret?: boolean
  /** Throws an Error that says what would be right: `must be …`. */
  parse(text: string): Value
}

type SettingOptions<Value> = Pick<Setting<Value>, 'variable' | 'fallback' | 'secret'>

export function textSetting<Value extends string | undefined>(
  options: SettingOptions<Value>,
): Setting<string | Value> {
  return { ...options, parse: (text) => text }
}

export function numberSetting(
  options: SettingOptions<number> & { readonly min: number; readonly max: number },
): Setting<number> {
  const { min, max } = options
  return {
    ...options,
    parse(text) {
      const value = Number(text)
      if (text.trim() !== '' && Number.isSafeInteger(value) && value >= min && value <= max) {
        return value
      }
      throw new Error(`must be a whole number from ${min} to ${max}`)
    },
  }
}

export function choiceSetting<const Value extends string>(
  options: SettingOptions<Value> & { readonly choices: readonly Value[] },
): Setting<Value> {
  return {
    ...options,
    parse(text) {
      const choice = options.choices.find((value) => value === text)
      if (choice === undefined) throw new Error(`must be one of ${options.choices.join(', ')}`)
      return choice
    },
  }
}

const flags: Readonly<Record<string, boolean>> = {
  1: true,
  true: true,
  yes: true,
  0: false,
  false: false,
  no: false,
}

export function flagSetting(options: SettingOptions<boolean>): Setting<boolean> {
  return {
    ...options,
    parse(text) {
      const value = Object.hasOwn(flags, text) ? flags[text] : undefined
      if (value === undefined) throw new Error('must be yes or no')
      return value
    },
  }
}

type Settings = Readonly<Record<string, Setting<unknown>>>

export type Configuration<S extends Settings> = {
  readonly [Name in keyof S]: S[Name] extends Setting<infer Value> ? Value : never
}

/** An empty variable counts as missing. Throws EBADARG that lists every wrong variable. */
export function parseEnvironment<S extends Settings>(
  settings: S,
  env: Readonly<Record<string, string | undefined>>,
): Configuration<S> {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  for (const [name, setting] of Object.entries(settings)) {
    const text = env[setting.variable]
    if (text === undefined || text === '') {
      values[name] = setting.fallback
      continue
    }
    try {
      values[name] = setting.parse(text)
    } catch (error) {
      const shown = setting.secret === true ? '' : `, not ${JSON.stringify(text.slice(0, 100))}`
      problems.push(`${setting.variable} ${error instanceof Error ? error.message : ''}${shown}`)
    }
  }
  if (problems.length > 0) {
    throw new DcpError('EBADARG', `the environment is wrong: ${problems.join('; ')}`, {
      details: { problems },
    })
  }
  return Object.freeze(values) as Configuration<S>
}

/** Variable → value in force, for people; secrets only as set or not. */
export function describeConfiguration<S extends Settings>(
  settings: S,
  configuration: Configuration<S>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, { variable, secret }]) => {
      const value = configuration[name]
      return [variable, secret === true ? (value === undefined ? '<not set>' : '<set>') : value]
    }),
  )
}
