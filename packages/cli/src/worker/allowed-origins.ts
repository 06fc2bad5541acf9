/** `--allow-origin [purpose=]URL`: what a worker may reach for jobs, and for what. */
import { isDcpError } from '@manyhands/protocol'
import { createOriginPolicy } from '@manyhands/sandbox'
import type { AllowedOrigins } from '@manyhands/sandbox'
import { InvalidArgumentError } from 'commander'

/** Without a purpose an origin is allowed for any of them. */
function split(text: string): readonly [purpose: string, entry: string] {
  const [, purpose = 'any', entry = text] = /^([A-Za-z]+)=(.*)$/s.exec(text) ?? []
  return [purpose, entry]
}

/** The entries by purpose. @throws DcpError `EBADARG` for one that makes no sense. */
export function allowedOrigins(texts: readonly string[]): AllowedOrigins {
  const lists: Record<string, string[]> = {}
  for (const text of texts) {
    const [purpose, entry] = split(text)
    lists[purpose] = [...(lists[purpose] ?? []), entry]
  }
  createOriginPolicy(lists)
  return lists
}

/** Adds one to those given before; for the command line. */
export function collectOrigin(text: string, former: readonly string[]): string[] {
  try {
    allowedOrigins([text])
  } catch (error) {
    if (!isDcpError(error)) throw error
    throw new InvalidArgumentError(`${error.message}.`)
  }
  return [...former, text]
}
