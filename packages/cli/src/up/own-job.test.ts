import { describe, expect, it } from 'vitest'

import { environmentLine, ownJobText } from './own-job.ts'

const keystores = { id: '/data/keystores/id.keystore', default: '/data/keystores/default.keystore' }

describe('how to deploy a job of one’s own', () => {
  it('names the scheduler and the directory of the keystores', () => {
    expect(environmentLine({ url: 'http://127.0.0.1:4280/', keystores })).toBe(
      'export DCP_SCHEDULER_LOCATION=http://127.0.0.1:4280/ DCP_RESOURCE_DIR=/data/keystores',
    )
  })

  it('quotes a path that a shell would take apart', () => {
    const odd = { id: "/my data's/id.keystore", default: '' }
    expect(environmentLine({ url: 'http://127.0.0.1:1/', keystores: odd })).toContain(
      `DCP_RESOURCE_DIR='/my data'\\''s'`,
    )
  })

  it('says how its file is run, compiled or not', () => {
    const text = ownJobText({ url: 'http://127.0.0.1:4280/', keystores }, 'node --import x')
    expect(text).toContain('run with node --import x first.mjs:')
  })

  it('shows a program of five lines', () => {
    const lines = ownJobText({ url: 'http://127.0.0.1:4280/', keystores }).split('\n')
    const first = lines.findIndex((line) => line.includes('import { connect }'))
    expect(lines.slice(first).filter((line) => line.startsWith('  '))).toHaveLength(5)
  })
})
