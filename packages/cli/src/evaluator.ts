/** `manyhands evaluator`: hosts sandboxes for workers of ours, or for the official worker. */
import type { EvaluatorFlags } from './program.ts'
import { runEvaluator } from './run-evaluator.ts'

export function evaluator(flags: EvaluatorFlags): Promise<number> {
  const { gpu, jail, listen, memory, socket, tokenFile } = flags
  return runEvaluator([
    ...(socket === undefined ? [] : ['--socket', socket]),
    ...(listen === undefined ? [] : ['--listen', listen]),
    ...(tokenFile === undefined ? [] : ['--token-file', tokenFile]),
    ...(memory === undefined ? [] : ['--memory', String(memory)]),
    ...(gpu === true ? ['--gpu'] : []),
    ...['--jail', jail, '--lifeline'],
  ])
}
