/** Sessions between DCP peers, over any transport. The transports of Node are in `./node`. */
export type { Bearer, BearerHandlers, OpenBearer } from './bearer.ts'
export { createConnection } from './client/create-connection.ts'
export type { ConnectionDeps, ConnectionOptions } from './client/connection-options.ts'
export type {
  Connection,
  OutgoingRequest,
  RequestOptions,
  ServerRequestHandler,
} from './connection.ts'
export { createEndpoint } from './endpoint/create-endpoint.ts'
export type {
  Dispatch,
  Endpoint,
  EndpointDeps,
  EndpointLoad,
  EndpointOptions,
  IncomingRequest,
  ServerSession,
} from './endpoint.ts'
export { limits, times } from './limits.ts'
export { createMemoryNetwork } from './memory-network.ts'
export type {
  Copy,
  MemoryLink,
  MemoryNetwork,
  MemoryNetworkOptions,
  Traffic,
} from './memory-network.ts'
