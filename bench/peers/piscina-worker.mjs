import { work } from './work.mjs'

export const compute = ({ name, input, size }) => work[name](input, size)
