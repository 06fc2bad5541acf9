import { capability, jobFlags } from '@manyhands/protocol'
import { describe, expect, it } from 'vitest'
import { liveJobLike, offerLike } from './_likeness.ts'
import { matches } from './offer.ts'

const { engineV8, engineSpidermonkey, webgpu, kvinV9 } = capability

describe('a job and a worker', () => {
  const cases = [
    ['meet in the public group', {}, {}, true],
    ['do not meet in no group', { groups: new Set<string>() }, {}, false],
    ['do not meet when it wants another job', {}, { only: new Set(['other']) }, false],
    ['meet by the id', {}, { only: new Set(['job']) }, true],
    ['meet by the address', {}, { only: new Set(['ab'.repeat(20)]) }, true],
    ['do not meet after a rejection', {}, { except: new Set(['job']) }, false],
    ['do not meet for a wage', {}, { unpaid: false }, false],
    ['do not meet without the capability', { requirements: webgpu }, {}, false],
    ['meet with it', { requirements: webgpu }, { capabilities: webgpu }, true],
    ['meet though V8 is not reported', { requirements: engineV8 }, {}, true],
    [
      'do not meet when the engine is another',
      { requirements: engineV8 },
      { capabilities: engineSpidermonkey },
      false,
    ],
    ['meet whatever KVIN the worker writes', { requirements: kvinV9 }, {}, true],
    [
      'do not meet when a dialect 4 job must not have it',
      { dialect: 4, requirementsObject: { environment: { webgpu: false } } },
      { capabilities: webgpu },
      false,
    ],
    ['do not meet without the worktime', { worktimeName: 'pyodide' }, {}, false],
    ['meet in a range of versions', { worktimeVersion: '^1.0.0' }, {}, true],
    ['do not meet outside of it', { worktimeVersion: '>=2' }, {}, false],
    ['do not meet when the job is local', { flags: jobFlags.localExec }, {}, false],
    [
      'meet when the local job is named',
      { flags: jobFlags.localExec },
      { only: new Set(['job']) },
      true,
    ],
    [
      'do not meet twice for a discrete job',
      { flags: jobFlags.discrete, servedWorkers: new Set(['peer/worker']) },
      {},
      false,
    ],
    ['meet for a pattern of locations', { inputKind: 'pattern' }, {}, true],
    ['do not meet in columns for a local file', { inputKind: 'local' }, {}, false],
    ['meet in rows for it', { inputKind: 'local' }, { rows: true }, true],
    ['meet for values of KVIN 9', { needsKvin9: true }, {}, true],
    ['do not meet when it cannot read them', { needsKvin9: true }, { kvin9: false }, false],
  ] as const
  it.each(cases)('%s', (_, job, offer, expected) => {
    expect(matches(liveJobLike(job), offerLike(offer))).toBe(expected)
  })
})
