/** Results that go to a place of the job's owner: what `setResultStorage` was told. */
import { DcpError } from '@manyhands/protocol'

import type { Location } from './remote-data.ts'

export interface ResultStorage {
  /** A pattern: `{job}`, `{slice}`, `{hash}` and `{unique}` are put in by the scheduler. */
  readonly location: string
  /** Fields of the form in which workers post results. */
  readonly params: Readonly<Record<string, unknown>>
}

/** Throws EBADARG naming what is wrong. */
export function parseResultStorage(location: Location, params: unknown): ResultStorage {
  const place: unknown = location
  const text = String(
    typeof place === 'object' && place !== null && 'href' in place ? place.href : place,
  )
  if (!URL.canParse(text)) {
    throw new DcpError('EBADARG', 'the place of results must be a location such as https://…', {
      details: { field: 'location' },
    })
  }
  if (typeof params !== 'object' || params === null) {
    throw new DcpError('EBADARG', 'the fields that are posted with results must be an object', {
      details: { field: 'params' },
    })
  }
  return { location: text, params: { ...params } }
}

/** The members of a `submit` request. */
export function storageFields(storage: ResultStorage | undefined): Record<string, unknown> {
  if (storage === undefined) return {}
  return {
    resultStorageType: 'pattern',
    resultStorageDetails: storage.location,
    resultStorageParams: storage.params,
  }
}
