/** Limits of the tables that workers and their owners write. */

/** Records of a kind by one key. */
export const workerRecordsMax = 10_000
/** Settings and notifications of a kind by one owner. */
export const workerOrdersMax = 100_000
/** Records that nobody touched for this long are forgotten, milliseconds. */
export const workerRecordsMs: number = 30 * 24 * 3_600_000
