// The bank as dcp-client 5.6.1 sees it. Where there is none, every request must be refused in words
// that say so.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { installFolder } from '../../scripts/install-folder.ts'
import { startComputer } from '../../scripts/start-computer.ts'
import { type InteropProgram, judge } from '../judge.ts'
import type { Suite, Verdict } from '../verdict.ts'

/** What a row comes to when the program says just what is expected. */
interface BankRow extends InteropProgram {
  readonly comesTo: Pick<Verdict, 'outcome' | 'reason'>
}

const pathOf = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url))

const lack = {
  outcome: 'not run',
  reason: 'this computer has no bank yet; it says so (ENOTSUPPORTED)',
} as const

const dcpBank = {
  package: 'dcp-client@5.6.1',
  path: pathOf('node_modules/dcp-client/bin/dcp-bank'),
  complaints: true,
} as const

const rows: readonly BankRow[] = [
  {
    package: 'dcp-client@5.6.1',
    program: 'bank-views.cjs',
    feature: 'bank teller: viewAccounts, viewAccount',
    path: pathOf('programs/bank-views.cjs'),
    expected: readFileSync(pathOf('programs/bank-views.out'), 'utf8'),
    comesTo: lack,
  },
  {
    ...dcpBank,
    program: 'bin/dcp-bank transfer',
    status: 4,
    feature: 'credits to another account',
    arguments: ['transfer', '1', `--to=0x${'11'.repeat(20)}`],
    expected: /^bankTeller is not offered by this scheduler \(ENOTSUPPORTED\)$/m,
    comesTo: lack,
  },
  {
    ...dcpBank,
    program: 'bin/dcp-bank balance',
    status: 3,
    feature: 'credits of an account',
    arguments: ['balance'],
    expected: /^First argument to authorize must be instance of wallet\.Keystore$/m,
    comesTo: {
      outcome: 'not ours',
      reason: 'the program stops before it sends: it authorizes with an address, not a keystore',
    },
  },
]

export const bank: Suite = {
  rows,
  async run(chosen, tell) {
    installFolder(new URL('../', import.meta.url))
    const computer = await startComputer(0)
    try {
      for (const row of rows.filter(chosen)) {
        const verdict = await judge(row, computer)
        tell(verdict.outcome === 'green' ? { ...verdict, ...row.comesTo } : verdict)
      }
    } finally {
      await computer.close()
    }
  },
}
