import type { BenchCase } from '../bench-case.ts'
export const e1: BenchCase = { id: 'E1', run: () => Promise.reject(new Error('nothing yet')) }
