import { describe, expect, it } from 'vitest'

import { limits } from './limits.ts'
import { type LoggerOptions, createLogger } from './logger.ts'

const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) }

function logged(options: LoggerOptions = {}): {
  logger: ReturnType<typeof createLogger>
  lines: string[]
  stream: { writableLength: number }
} {
  const lines: string[] = []
  const stream = {
    writableLength: 0,
    write(line: string): boolean {
      lines.push(line)
      return true
    },
  }
  return { logger: createLogger(options, { stream: stream as never, clock }), lines, stream }
}

describe('a JSON logger', () => {
  it('writes a line per message, with the fields of its parents', () => {
    const { logger, lines } = logged({ fields: { service: 'scheduler' } })
    logger.child({ job: 'j' }).warn('slow', { ms: 5, nothing: undefined })
    expect(lines).toEqual([
      '{"time":"2026-01-02T03:04:05.006Z","level":"warn","message":"slow","service":"scheduler","job":"j","ms":5}\n',
    ])
  })

  it('writes everything from its level up', () => {
    const { logger, lines } = logged({ level: 'warn' })
    for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level](level)
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(['warn', 'error'])
    const silent = logged({ level: 'silent' })
    silent.logger.error('x')
    expect(silent.lines).toEqual([])
  })

  it('can write any field, and never more than a line', () => {
    const { logger, lines } = logged()
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    logger.info('a\nb', {
      big: 10n ** 20n,
      bytes: new Uint8Array(3),
      error: new TypeError('no', { cause: 'why' }),
      cycle,
      long: 'x'.repeat(limits.logValueChars + 1),
      message: 'mine',
    })
    expect(lines).toHaveLength(1)
    expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1)
    const line = JSON.parse(lines[0] ?? '')
    expect(line).toMatchObject({
      message: 'a\nb',
      big: '100000000000000000000',
      bytes: '<3 bytes>',
      error: { name: 'TypeError', message: 'no', cause: 'why' },
      cycle: '<not representable>',
    })
    expect(line.long).toContain(`… (${limits.logValueChars + 1} characters)`)
  })

  it('drops lines for a reader that is too slow, and then says how many', () => {
    const { logger, lines, stream } = logged()
    stream.writableLength = limits.logBufferBytes + 1
    logger.info('1')
    logger.child({}).info('2')
    expect(lines).toEqual([])
    stream.writableLength = 0
    logger.info('3')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'warn', lines: 2 },
      { message: '3' },
    ])
  })
})

describe('a text logger', () => {
  it('is made to be read, and cannot be made to write control characters', () => {
    const { logger, lines } = logged({ format: 'text' })
    logger.info('ready "now"\u001b[31m', {
      url: 'http://localhost:1/',
      name: 'a b',
      code: '\u001b',
    })
    expect(lines).toEqual([
      '03:04:05 info  ready "now"\\u001b[31m url=http://localhost:1/ name="a b" code="\\u001b"\n',
    ])
  })
})
