export { fetchText } from './fetch-text.ts'
export { countCores } from './cores.ts'
export { createWorkerIdentity, openWorkerFile } from './worker-file.ts'
export type { WorkerIdentity } from './worker-file.ts'
