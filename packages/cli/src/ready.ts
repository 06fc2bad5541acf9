/** What a computer tells when it is ready: to programs in one line of JSON, to people who may come. */
import type { Computer } from '@manyhands/computer'

export type Ready = Pick<Computer, 'url' | 'reachableAt' | 'keystores'>

/** One line: `{url, keystores, pid}`, and `reachableAt` where others can reach it. */
export function readyLine({ url, reachableAt, keystores }: Ready, pid: number): string {
  const others = reachableAt.map(({ href }) => href)
  const ready = { url: url.href, ...(others.length === 0 ? {} : { reachableAt: others }) }
  return `${JSON.stringify({ ...ready, keystores, pid })}\n`
}

/** Nothing where only this machine reaches it. */
export function othersText(reachableAt: readonly URL[], isOpen: boolean): string {
  if (reachableAt.length === 0 && !isOpen) return ''
  const where = reachableAt.map(({ href }) => href).join(', ')
  const first = `Others reach it at ${where === '' ? 'the addresses of this machine' : where}`
  const open =
    'Its port is open to them: messages there are signed, but nothing is encrypted. Where somebody ' +
    'may listen, put a proxy with TLS before it and name that with --public-url ' +
    '(docs/operating/computer.md).\n'
  return `${first}, and whoever does may deploy jobs.\n${isOpen ? open : ''}`
}
