/** Numbers on the command line, refused with a sentence rather than read as NaN. */
import { InvalidArgumentError } from 'commander'

const portMax = 65_535
const memoryMibMin = 128
const memoryMibMax = 262_144
const sandboxesMax = 1_024

function parseWhole(text: string, least: number, most: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }
  return value
}

export function parsePort(text: string): number {
  return parseWhole(text, 0, portMax)
}

/** Mebibytes of memory. */
export function parseMemory(text: string): number {
  return parseWhole(text, memoryMibMin, memoryMibMax)
}

export function parseSandboxes(text: string, least: number): number {
  return parseWhole(text, least, sandboxesMax)
}
