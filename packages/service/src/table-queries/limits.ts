/** Every limit of table queries; past a limit there is a documented error. */

/** Bytes of one signed post. */
export const postBytes: number = 4 * 1024 * 1024
/** Rows in one answer. */
export const rowsMax = 10_000
/** Characters in one answer. */
export const answerMax: number = 32 * 1024 * 1024
/** Rows changed or deleted by one query. */
export const changedMax = 10_000
/** Conditions, columns of an order, and columns of a grouping. */
export const membersMax = 200
/** Values that one condition names. */
export const listMax = 10_000
