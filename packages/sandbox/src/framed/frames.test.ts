import { describe, expect, it } from 'vitest'

import { createFrameDecoder, encodeFrames, FrameError, reportTypes } from './frames.ts'
import { frameBytesMax } from '../limits.ts'

function bytesOf(type: number, id: number, payload: Uint8Array): Uint8Array {
  return Uint8Array.from([...encodeFrames(type, id, payload)].flatMap((frame) => [...frame]))
}

function header(length: number, type: number): Uint8Array {
  const bytes = new Uint8Array(9)
  new DataView(bytes.buffer).setUint32(0, length, true)
  bytes[4] = type
  return bytes
}

describe('frames', () => {
  it('are length, type, id and payload, little-endian', () => {
    expect([...bytesOf(2, 0x01020304, Uint8Array.of(7, 8))]).toEqual([
      2, 0, 0, 0, 2, 4, 3, 2, 1, 7, 8,
    ])
  })

  it('come out whole however they are cut', () => {
    const stream = Uint8Array.from([
      ...bytesOf(reportTypes.ready, 0, new Uint8Array(0)),
      ...bytesOf(reportTypes.flush, 5, Uint8Array.of(1, 2, 3)),
      ...bytesOf(reportTypes.done, 5, Uint8Array.of(9)),
    ])
    for (let size = 1; size <= stream.length; size += 1) {
      const decoder = createFrameDecoder()
      const reports = []
      for (let at = 0; at < stream.length; at += size) {
        reports.push(...decoder.push(stream.slice(at, at + size)))
      }
      expect(reports.map(({ id, name, payload }) => [name, id, ...payload])).toEqual([
        ['ready', 0],
        ['flush', 5, 1, 2, 3],
        ['done', 5, 9],
      ])
    }
  })

  it('carry messages longer than one of them', () => {
    const payload = new Uint8Array(2 * frameBytesMax + 5).map((_byte, index) => index % 251)
    const frames = [...encodeFrames(reportTypes.flush, 1, payload)]
    expect(frames.length).toBe(3)
    const decoder = createFrameDecoder()
    const reports = frames.flatMap((frame) => decoder.push(frame))
    expect(reports.length).toBe(1)
    expect(Buffer.compare(payload, reports[0]?.payload ?? new Uint8Array(0))).toBe(0)
  })

  it.each([
    ['over the limit', header(frameBytesMax + 1, reportTypes.flush)],
    ['of the greatest length', header(0xffffffff, reportTypes.flush)],
    ['of an unknown type', header(1, 99)],
    ['of a type only a supervisor sends', header(1, 2)],
    ['empty with a promise of more', header(0, reportTypes.flush | 0x80)],
  ])('%s are refused by their header alone', (_what, bytes) => {
    expect(() => createFrameDecoder().push(bytes)).toThrow(FrameError)
  })

  it('do not interleave messages', () => {
    const decoder = createFrameDecoder()
    decoder.push(Uint8Array.from([...header(1, reportTypes.flush | 0x80), 1]))
    const other = Uint8Array.from([...header(1, reportTypes.done), 1])
    expect(() => decoder.push(other)).toThrow('a message inside another')
  })

  it('end a message that grows beyond its limit', () => {
    const decoder = createFrameDecoder()
    const part = Uint8Array.from([
      ...header(frameBytesMax, reportTypes.flush | 0x80),
      ...new Uint8Array(frameBytesMax),
    ])
    for (let count = 0; count < 64; count += 1) decoder.push(part)
    expect(() => decoder.push(part)).toThrow('messageBytesMax')
  })
})
