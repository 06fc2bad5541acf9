// A job of our own client, for an official worker to compute.
import { connect } from '@manyhands/client/node'

declare const progress: (value?: number) => true

const { compute, close } = await connect()
const job = compute.for(
  1,
  8,
  (x: number, plus: number) => {
    progress()
    return x * x + plus
  },
  [0.5],
)
console.log(JSON.stringify(Array.from(await job.exec())))
await close()
