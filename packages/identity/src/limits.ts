/** Every limit of the identity daemon; past a limit there is a documented error. */

/** Bytes of one signed post. */
export const postBytes: number = 1024 * 1024
/** Rows of one proxy key, those that it got by deploying jobs included. */
export const rowsPerKeyMax = 10_000
/** Live proxy keys' rows of one owner. */
export const rowsPerOwnerMax = 100_000
/** Workers of one owner. */
export const workersPerOwnerMax = 100_000
/** How long a proxy key counts when nobody says, seconds. */
export const expireSecondsDefault = 86_400
/** How long a use is remembered, so that a repeated request is not counted twice, milliseconds. */
export const rememberUseMs: number = 24 * 3_600_000
/** Time between two looks for what can be forgotten, milliseconds. */
export const housekeepingMs = 600_000
