// Which package may import which: the arrows of ARCHITECTURE.md as data. All point down.
const base = ['protocol', 'wallet', 'connection'] as const
const daemons = ['scheduler', 'package-server', 'identity'] as const
const belowComputer = [...base, 'sandbox', 'evaluator', 'worker', 'service', ...daemons] as const

export const arrows: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  wallet: ['protocol'],
  connection: ['protocol', 'wallet'],
  evaluator: ['protocol'],
  sandbox: ['protocol', 'evaluator'],
  client: [...base, 'sandbox'],
  worker: [...base, 'sandbox'],
  service: base,
  scheduler: [...base, 'service'],
  'package-server': [...base, 'service'],
  identity: [...base, 'service'],
  computer: belowComputer,
  cli: [...belowComputer, 'computer', 'client'],
  testnet: [...belowComputer, 'computer', 'client'],
}
