// One message of the NATS programs: four bytes of position, one of kind, then the value.
const kinds = { json: 0, text: 1, bytes: 2 }

export function encodeFrame(position, value) {
  const [kind, body] =
    typeof value === 'string'
      ? [kinds.text, Buffer.from(value)]
      : value instanceof Uint8Array
        ? [kinds.bytes, value]
        : [kinds.json, Buffer.from(JSON.stringify(value))]
  const frame = Buffer.allocUnsafe(5 + body.length)
  frame.writeUInt32LE(position, 0)
  frame[4] = kind
  frame.set(body, 5)
  return frame
}

export function decodeFrame(data) {
  const frame = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const body = frame.subarray(5)
  const kind = frame[4]
  const value =
    kind === kinds.bytes
      ? new Uint8Array(body)
      : kind === kinds.text
        ? body.toString()
        : JSON.parse(body.toString())
  return { position: frame.readUInt32LE(0), value }
}
