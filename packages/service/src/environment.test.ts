import { describe, expect, expectTypeOf, it } from 'vitest'

import {
  choiceSetting,
  describeConfiguration,
  flagSetting,
  numberSetting,
  parseEnvironment,
  textSetting,
} from './environment.ts'

const settings = {
  port: numberSetting({ variable: 'PORT', fallback: 4280, min: 0, max: 65_535 }),
  level: choiceSetting({ variable: 'LEVEL', fallback: 'info', choices: ['info', 'debug'] }),
  sample: flagSetting({ variable: 'SAMPLE', fallback: true }),
  data: textSetting({ variable: 'DATA', fallback: undefined }),
  token: textSetting({ variable: 'TOKEN', fallback: undefined, secret: true }),
}

describe('settings from the environment', () => {
  it('have defaults, also for empty variables', () => {
    const configuration = parseEnvironment(settings, { PORT: '', LEVEL: undefined })
    expect(configuration).toEqual({
      port: 4280,
      level: 'info',
      sample: true,
      data: undefined,
      token: undefined,
    })
    expectTypeOf(configuration.level).toEqualTypeOf<'info' | 'debug'>()
    expectTypeOf(configuration.data).toEqualTypeOf<string | undefined>()
  })

  it('are typed and frozen', () => {
    const env = { PORT: '0', LEVEL: 'debug', SAMPLE: 'no', DATA: '/d' }
    const configuration = parseEnvironment(settings, env)
    expect(configuration).toMatchObject({ port: 0, level: 'debug', sample: false, data: '/d' })
    expect(Object.isFrozen(configuration)).toBe(true)
  })

  it('are refused all at once', () => {
    const env = { PORT: '65536', LEVEL: 'loud', SAMPLE: 'toString' }
    expect(() => parseEnvironment(settings, env)).toThrow(
      expect.objectContaining({
        code: 'EBADARG',
        details: {
          problems: [
            'PORT must be a whole number from 0 to 65535, not "65536"',
            'LEVEL must be one of info, debug, not "loud"',
            'SAMPLE must be yes or no, not "toString"',
          ],
        },
      }),
    )
    for (const PORT of [' ', '1.5', '-1', 'x', '1e999']) {
      expect(() => parseEnvironment(settings, { PORT })).toThrow('PORT must be')
    }
  })

  it('are shown by variable, secrets only as set or not', () => {
    const configuration = parseEnvironment(settings, { TOKEN: 'secret' })
    expect(describeConfiguration(settings, configuration)).toEqual({
      PORT: 4280,
      LEVEL: 'info',
      SAMPLE: true,
      DATA: undefined,
      TOKEN: '<set>',
    })
  })
})
