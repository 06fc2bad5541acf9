/** The socket.io transports of Node, for both sides. */
export { connectLocation } from './socketio-client.ts'
export type { SocketOptions } from './socketio-client.ts'
export { attachEndpoint } from './socketio-server.ts'
export type { AttachOptions, Attachment } from './socketio-server.ts'
export { serviceFor, socketPath } from './service-paths.ts'
export type { Locations } from './service-paths.ts'
