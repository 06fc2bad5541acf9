export { createEvaluatorHost } from './evaluator-host.ts'
export type { EvaluatorHost, EvaluatorHostOptions } from './evaluator-host.ts'
export { createFetchBroker } from './fetch/broker.ts'
export type { FetchBrokerOptions } from './fetch/broker.ts'
