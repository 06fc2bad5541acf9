/**
 * The websockets below socket.io, on both sides, with a quicker decoding of long texts than what
 * `ws` and engine.io do themselves: both call `toString()` of what they hear, which is what it is
 * when it is text already.
 */
import { NodeWebSocket } from 'engine.io-client'
import { WebSocket, WebSocketServer } from 'ws'

import { utf8Text } from '@manyhands/protocol/node'

/** A websocket that hears text as text. */
class QuickSocket extends WebSocket {
  override emit(event: string | symbol, ...args: readonly unknown[]): boolean {
    const [data, isBinary] = args
    // `ws` has made sure that it is UTF-8.
    if (event === 'message' && isBinary === false && data instanceof Uint8Array) {
      return super.emit(event, utf8Text(data), false)
    }
    return super.emit(event, ...args)
  }
}

/** For an engine.io server. */
export class QuickSocketServer extends WebSocketServer<typeof QuickSocket> {
  constructor(options: ConstructorParameters<typeof WebSocketServer>[0]) {
    super({ ...options, WebSocket: QuickSocket })
  }
}

/** For an engine.io client. */
export class QuickTransport extends NodeWebSocket {
  override createSocket(
    ...[uri, protocols, options]: Parameters<NodeWebSocket['createSocket']>
  ): QuickSocket {
    return new QuickSocket(uri, protocols, options)
  }
}
