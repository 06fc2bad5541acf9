export type {
  Connection,
  OutgoingRequest,
  RequestOptions,
  ServerRequestHandler,
} from './connection.ts'
export type { Dispatch, IncomingRequest, ServerSession } from './endpoint.ts'
