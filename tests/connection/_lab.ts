// An endpoint on a memory network and a clock that stands still, and the keys to talk to it.
import {
  createConnection,
  createEndpoint,
  createMemoryNetwork,
  type Connection,
  type ConnectionOptions,
  type Copy,
  type Dispatch,
  type Endpoint,
  type EndpointOptions,
  type IncomingRequest,
  type MemoryNetwork,
  type Traffic,
} from '@manyhands/connection'
import { DcpError, type Random, seededRandom, silentLogger, type Signer } from '@manyhands/protocol'
import { createPureCrypto, createSigner, type Crypto, generatePrivateKey } from '@manyhands/wallet'

import { createManualClock, type ManualClock } from './_manual-clock.ts'

export interface Lab {
  readonly clock: ManualClock
  readonly network: MemoryNetwork
  readonly crypto: Crypto
  readonly random: Random
  readonly server: Signer
  /** The one in use; `restart` makes another, which knows no session. */
  readonly endpoint: Endpoint
  /** Every request that reached dispatch. */
  readonly dispatched: IncomingRequest[]
  /** Traffic in both directions goes through this; change it to disturb the network. */
  fate: (traffic: Traffic) => readonly Copy[] | 'cut'
  key(): Signer
  connection(options?: Partial<ConnectionOptions>): Connection
  /** As when the server process is killed. */
  kill(): void
  /** Starts a server that knows nothing of the one before, which is killed. */
  restart(): void
}

export interface LabOptions extends Partial<EndpointOptions> {
  readonly dispatch?: Dispatch
  readonly startMs?: number
}

export const location = 'memory:/dcp/'

/** Answers `echo` with its data, `fail` with an error of each kind, and nothing else. */
export const echo: Dispatch = async ({ operation, data }) => {
  switch (operation) {
    case 'echo':
      return await Promise.resolve({ echo: data })
    case 'refuse':
      throw new DcpError('ENOFUNDS', 'not enough', { details: { missing: '1.5' } })
    case 'break':
      throw new TypeError('a secret of the server')
    default:
      throw new DcpError('EINVAL', `unknown operation ${JSON.stringify(operation)}`)
  }
}

export function createLab({ dispatch = echo, startMs, ...options }: LabOptions = {}): Lab {
  const clock = createManualClock(startMs)
  const random = seededRandom('lab')
  const crypto = createPureCrypto()
  const key = (): Signer => createSigner(generatePrivateKey(random), crypto)
  const server = options.identity ?? key()
  const dispatched: IncomingRequest[] = []
  const network = createMemoryNetwork({ clock, fate: (traffic) => lab.fate(traffic) })
  const deps = { crypto, clock, random, logger: silentLogger }

  function start(): { endpoint: Endpoint; stop: () => void } {
    const endpoint = createEndpoint(
      { ...options, identity: server },
      {
        ...deps,
        dispatch: async (request) => {
          dispatched.push(request)
          return await dispatch(request)
        },
      },
    )
    return { endpoint, stop: network.listen(location, (bearer) => endpoint.accept(bearer, 'dcp')) }
  }

  let running = start()
  const lab: Lab = {
    clock,
    network,
    crypto,
    random,
    server,
    get endpoint() {
      return running.endpoint
    },
    dispatched,
    fate: () => [{}],
    key,
    connection: (connectionOptions) =>
      createConnection(
        { identity: key(), ...connectionOptions },
        { ...deps, open: network.connector(location) },
      ),
    kill: () => running.stop(),
    restart() {
      running.stop()
      running = start()
    },
  }
  return lab
}
