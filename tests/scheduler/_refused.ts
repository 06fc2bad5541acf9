// How a promise is rejected.
import { isDcpError } from '@manyhands/protocol'

/** The code a promise is rejected with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (isDcpError(error)) return error.code
    throw error
  }
  return 'fulfilled'
}

/** The message a promise is rejected with. */
export async function messageOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (isDcpError(error)) return error.message
    throw error
  }
  return 'fulfilled'
}
