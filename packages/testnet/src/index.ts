export { Testnet } from './testnet.ts'
export type { TestnetOptions } from './testnet.ts'
