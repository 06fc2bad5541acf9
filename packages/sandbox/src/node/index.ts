export { createEvaluatorHost } from './evaluator-host.ts'
export type { EvaluatorHost, EvaluatorHostOptions } from './evaluator-host.ts'
