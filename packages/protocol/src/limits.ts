/** Every limit of the protocol's texts and values, in one place (operations §18). */

/** Slices of a job whose input set is described: slice numbers stay JavaScript safe integers. */
export const slicesMax: number = Number.MAX_SAFE_INTEGER

/** Slices of a job whose values are uploaded. */
export const slicesByValueMax = 10_000_000

/** Characters in a work function and its bundle. */
export const workFunctionMax: number = 50 * 1024 * 1024

/** Characters in one slice datum or one result. */
export const valueMax: number = 48 * 1024 * 1024

/** Characters in all arguments of a job together. */
export const argumentsMax: number = 48 * 1024 * 1024

/** Characters in one message, and so in any KVIN document inside it. */
export const messageMax: number = 64 * 1024 * 1024

/** Arrays and objects inside one another in a KVIN value; deeper ones would exhaust the stack. */
export const kvinDepthMax = 400

/** Elements a KVIN array may come to by runs, islands and lengths beyond what its text spells out. */
export const kvinElementsMax = 10_000_000

/** JSON values a KVIN encoding may come to when every shared part is written out. */
export const kvinNodesMax = 20_000_000

/** Elements up to which an array without holes is searched for properties with names. */
export const sparseScanMax = 10_000

/** Digits of a BigInt in a KVIN text; reading one costs more than linear time. */
export const bigintDigitsMax = 100_000

/** Bytes of a typed array that a KVIN text may ask for beyond what it spells out. */
export const kvinBytesMax: number = 256 * 1024 * 1024

/** Runs in the text of a slice set. */
export const sliceSetRunsMax = 1_000_000

/** Characters in name, description, link, join key and similar (operations §18). */
export const nameMax = 255

/** Characters in a free text of a person: a reason, a description. */
export const textMax = 4096

/** Ranges in a multi range or a sparse range. */
export const rangesMax = 1000

/** Elements of literal arrays and of distribution values in an input set. */
export const literalElementsMax = 1_000_000

/** Elements of one group of a range. */
export const groupMax = 1_000_000

/** Digits of an exact decimal in a range, before and after its point together. */
export const decimalDigitsMax = 400

/** Modules, require paths and dependencies of a job. */
export const modulePathsMax = 1000

/** Labels in one subscription request. */
export const labelsMax = 100

/** Slices named one by one in a row-wise request. */
export const sliceListMax = 100_000

/** Leases one heartbeat names; jobs one task request names. */
export const leaseListMax = 10_000

/** Compute groups in one request. */
export const computeGroupsMax = 1000

/** Origins in one list of a compute group. */
export const originsMax = 1000

/** Longest time a task request is held, milliseconds. */
export const taskWaitMaxMs = 60_000

/** Slices in one message of results. */
export const resultSlicesMax = 100_000

/** Characters in the name of a package or of a file in it. */
export const packageNameMax = 214

/** Files of one package. */
export const packageFilesMax = 1000

/** Rights asked for in one request for a proxy key. */
export const proxyRightsMax = 100
