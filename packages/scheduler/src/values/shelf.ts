/**
 * The shelf: what the scheduler does with values too long for a row. They are on it, flushed, before
 * the row that names them is written, and are read outside of turns: nothing else waits for them.
 */
import { isDcpError, valueDocument, valueUri } from '@manyhands/protocol'
import type { ServerSession } from '@manyhands/connection'
import type { ValueStore } from '@manyhands/service'
import { uriInlineMax, valueInlineMax } from '../limits.ts'
import type { AbsentValue, PartialValues, RowValue, ShelvedValue } from './row-value.ts'

/** Where a value is served to a peer that came by the named host. */
export type ValueUrl = (key: string, host: string | undefined) => string

export interface Shelf {
  /**
   * Puts away what is too long, at once when nothing is. What is shelved stays until `release`, and
   * afterwards as long as a row names it.
   * @throws DcpError `ENOSPC`
   */
  put(texts: readonly string[]): Shelved | Promise<Shelved>
  /** The prepared text. @throws DcpError `ENOENT` when the file of the value was taken away. */
  text(value: RowValue): Promise<string>
  /** Completes values in their place. @throws DcpError `ENOENT` */
  complete<Values extends PartialValues>(values: Values): Promise<Values>
  /** Completes those whose files are there; the places of the others. */
  completeMost(values: PartialValues): Promise<ReadonlySet<number>>
  /** Form B of a value that is not too long for it, else a location. @throws DcpError `ENOENT` */
  uri(value: RowValue, session: Pick<ServerSession, 'host'>, form?: UriForm): Promise<string>
}

/** How a prepared text becomes a data URI. */
export type UriForm = (prepared: string) => string

export interface Shelved {
  readonly values: readonly RowValue[]
  /** To be called when the rows are committed, or will never be. */
  release(): void
}

export interface ShelfDeps {
  readonly values: ValueStore
  readonly valueUrl: ValueUrl
}

export function createShelf({ values: store, valueUrl }: ShelfDeps): Shelf {
  async function putAway(texts: readonly string[]): Promise<Shelved> {
    const releases: (() => void)[] = []
    const release = (): void => {
      for (const one of releases) one()
    }
    async function put(text: string): Promise<RowValue> {
      if (text.length <= valueInlineMax) return text
      const document = valueDocument(text)
      const kept = await store.keep(document)
      releases.push(() => kept.release())
      return { key: kept.key, size: document.length }
    }
    const outcomes = await Promise.allSettled(texts.map(put))
    const values: RowValue[] = []
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        release()
        throw outcome.reason
      }
      values.push(outcome.value)
    }
    return { values, release }
  }

  async function completeOne(
    { values }: PartialValues,
    { index, key }: AbsentValue,
  ): Promise<void> {
    values[index] = JSON.parse(await store.read(key)) as unknown
  }

  const text = async (value: RowValue): Promise<string> =>
    typeof value === 'string' ? value : store.read(value.key)

  return {
    put(texts) {
      if (texts.every(({ length }) => length <= valueInlineMax)) {
        return { values: texts, release: () => undefined }
      }
      return putAway(texts)
    },
    text,
    async complete(partial) {
      await Promise.all(partial.absent.map((one) => completeOne(partial, one)))
      return partial
    },
    async completeMost(partial) {
      const { absent } = partial
      const outcomes = await Promise.allSettled(absent.map((one) => completeOne(partial, one)))
      const lost = absent.filter((_, place) => outcomes[place]?.status === 'rejected')
      return new Set(lost.map(({ index }) => index))
    },
    async uri(value, { host }, form = valueUri) {
      if (isFar(value)) return valueUrl(value.key, host)
      return form(await text(value))
    },
  }
}

/** Releases what was put away, now or when it is. */
export function releaseShelved(put: Shelved | Promise<Shelved>): void {
  Promise.resolve(put).then(
    ({ release }) => release(),
    () => undefined,
  )
}

/** True for values that official programs get as a location. */
function isFar(value: RowValue): value is ShelvedValue {
  return typeof value !== 'string' && value.size > uriInlineMax
}

/** True when a value that a row names is not in the store any more. */
export function isLost(error: unknown): boolean {
  return isDcpError(error, 'ENOENT')
}
