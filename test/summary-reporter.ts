import process from 'node:process'
import type { Reporter, TestModule } from 'vitest/node'

interface Tally {
  passed: number
  failed: number
  skipped: number
}

/**
 * Ends a run with `N passed, N failed, N skipped` alone on a line, for programs, after vitest's own
 * report, for people. A file that could not even be loaded counts as one failure, and a run in which
 * nothing was tested fails: it proves nothing.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tally: Tally = { passed: 0, failed: errors.length, skipped: 0 }
    for (const module of modules) count(module, tally)
    // The last word: vitest prints its own summary from the same event.
    process.once('exit', () => {
      process.stdout.write(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped\n`)
    })
    if (tally.passed + tally.failed === 0 || tally.failed > 0) process.exitCode = 1
  }
}

function count(module: TestModule, tally: Tally): void {
  let own = 0
  for (const test of module.children.allTests()) {
    const { state } = test.result()
    if (state === 'failed') own++
    tally[state === 'pending' ? 'skipped' : state]++
  }
  if (own === 0 && module.state() === 'failed') tally.failed++
}
