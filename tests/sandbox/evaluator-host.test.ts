import { createEvaluatorHost } from '@manyhands/sandbox/node'

import { jailed, jailHere } from './_jail.ts'
import { sandboxConformance } from './conformance.ts'

const limits = { noProgressMs: 300 }
const lacking = jailed ? '' : ` (not tested, it lacks ${jailHere.missing.join('; ')})`

sandboxConformance('the evaluator without a jail', {
  createHost: () => createEvaluatorHost({ jail: 'none', limits }),
  jail: 'none',
})

sandboxConformance(`the evaluator with the jail${lacking}`, {
  createHost: () => createEvaluatorHost({ jail: 'required', limits }),
  jail: 'bubblewrap',
  possible: jailed,
})
