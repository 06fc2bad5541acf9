/** Numbers on the command line, refused with a sentence rather than read as NaN. */
import { InvalidArgumentError } from 'commander'

const portMax = 65_535
const sandboxesMax = 1_024

function parseWhole(text: string, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > max) {
    throw new InvalidArgumentError(`It must be a whole number from 0 to ${max}.`)
  }
  return value
}

export function parsePort(text: string): number {
  return parseWhole(text, portMax)
}

export function parseSandboxes(text: string): number {
  return parseWhole(text, sandboxesMax)
}
