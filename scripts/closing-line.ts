import type { Reporter, SerializedError, TestModule } from 'vitest/node'

/**
 * Prints `N passed, N failed` as the last line of a run. Whatever keeps a test from running (a file that
 * does not load, a failed hook, a loose rejection) counts as failed.
 */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    let passed = 0
    let failed = unhandled.length
    let skipped = 0
    for (const module of modules) {
      let failedHere = 0
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') passed += 1
        else if (state === 'failed') failedHere += 1
        else skipped += 1
      }
      for (const suite of module.children.allSuites()) failedHere += suite.errors().length
      failed += failedHere === 0 && module.state() === 'failed' ? 1 : failedHere
    }
    const tail = skipped > 0 ? `, ${skipped} skipped` : ''
    if (failed > 0 || passed === 0) process.exitCode = 1
    process.once('exit', () => {
      process.stdout.write(`${passed} passed, ${failed} failed${tail}\n`)
    })
  }
}
