// Starts the data and results server: `serve.ts [port]`, with the token for results in TOKEN.
import { startDataServer } from './data-server.ts'

const [port = '5001'] = process.argv.slice(2)
const { origin } = await startDataServer({ port: Number(port), token: process.env['TOKEN'] ?? '' })
console.log(`Serving data on: ${origin}\nResults endpoint: ${origin}/results`)
