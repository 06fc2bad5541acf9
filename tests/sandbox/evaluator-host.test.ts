import { createEvaluatorHost } from '@manyhands/sandbox/node'

import { sandboxConformance } from './conformance.ts'

sandboxConformance('the evaluator', {
  createHost: () => createEvaluatorHost({ limits: { noProgressMs: 300 } }),
})
