/**
 * Branded identifiers. They are minted only in this package, by the functions that check their form,
 * so that a plain string cannot be passed for one by accident.
 */
declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** Ethereum-style address in EIP-55 checksum form, `0x` and 40 hex digits. */
export type Address = Branded<'Address'>
/** A job's client-made name: 22 characters of `[A-Za-z0-9]` (dialect 4 prefixes a `j`). */
export type JobId = Branded<'JobId'>
/** 22 characters of `[A-Za-z0-9]`, or `localExec_` and 12 of them. */
export type WorkerId = Branded<'WorkerId'>
