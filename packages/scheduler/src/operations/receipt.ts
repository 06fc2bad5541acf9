/** What a deployer can show to anybody later: this scheduler took this job, at that time. */
import type { Address, JobId, Signature, Signer } from '@manyhands/protocol'

interface Receipted {
  readonly job: JobId
  readonly escrow: Address
  /** When it was deployed, milliseconds since 1970. */
  readonly time: number
  /** SHA-256 of the request's data as JSON, in base64. */
  readonly hash: string
}

export interface Receipt {
  readonly owner: Address
  /** Over the JSON text of `receipt`, as a personal message. */
  readonly signature: Signature
  readonly receipt: Receipted
}

/** The same job has the same receipt, however often it is asked for. */
export function receiptOf(signer: Signer, receipt: Receipted): Receipt {
  return { owner: signer.address, signature: signer.sign(JSON.stringify(receipt)), receipt }
}
