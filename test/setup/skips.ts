// The skip policy, as a vitest reporter (vitest.config.ts). A test may be skipped only with a reason that somebody reads:
// every note of a skipped test is printed once, and with CI set a skip that test/setup/allowed-skips.json does not
// list fails the run. So data that is missing on a build machine cannot pass for success.
//
// allowed-skips.json maps a test ("file > suite > test", or "file > *" and "file > suite > *") to the reason why a
// build machine may skip it.
import { readFileSync } from 'node:fs'
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node'

interface Skip {
  /** "file > suite > test" */
  id: string
  note: string | undefined
}

/** True when the list holds the test itself or a "… > *" above it. */
export function isAllowed(id: string, allowed: ReadonlySet<string>): boolean {
  const parts = id.split(' > ')
  return allowed.has(id) || parts.some((_, end) => end > 0 && allowed.has(`${parts.slice(0, end).join(' > ')} > *`))
}

/** One line per note, then one line per file for tests that say nothing. */
export function describeSkips(skips: readonly Skip[]): string[] {
  const counts = new Map<string, number>()
  for (const { id, note } of skips) {
    const reason = note ?? `no reason given in ${id.split(' > ')[0]}`
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  return [...counts].map(([reason, count]) => `skipped ${count} ${count === 1 ? 'test' : 'tests'}: ${reason}`)
}

/** Prints why tests were skipped, fails the run for skips that are not allowed, and ends with a line of figures. */
export default class SkipPolicy implements Reporter {
  private vitest!: Vitest

  onInit(vitest: Vitest): void {
    this.vitest = vitest
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap(module => [...module.children.allTests()])
    // `-t NAME` skips all other tests on purpose.
    const filtered = this.vitest.config.testNamePattern !== undefined
    const skips = filtered ? [] : tests.filter(test => test.result().state === 'skipped').map(toSkip)
    for (const line of describeSkips(skips)) this.vitest.logger.log(line)
    const allowed = new Set(Object.keys(readAllowed()))
    const refused = process.env.CI ? skips.filter(({ id }) => !isAllowed(id, allowed)) : []
    if (refused.length > 0) {
      const names = refused.slice(0, 20).map(({ id }) => id)
      if (refused.length > names.length) names.push(`${refused.length - names.length} more`)
      this.vitest.logger.error(`CI: skipped, and not in test/setup/allowed-skips.json: ${names.join(', ')}`)
      process.exitCode = 1
    }
    this.vitest.logger.log(figures(modules, tests))
  }
}

function toSkip(test: TestCase): Skip {
  const result = test.result()
  const note = result.state === 'skipped' ? result.note : undefined
  return { id: `${test.module.relativeModuleId} > ${test.fullName}`, note }
}

/** A file that fails before its tests are known counts as one failure. */
function figures(modules: readonly TestModule[], tests: readonly TestCase[]): string {
  const count = (state: string): number => tests.filter(test => test.result().state === state).length
  const broken = modules.filter(module => module.errors().length > 0).length
  return `${count('passed')} passed, ${count('failed') + broken} failed, ${count('skipped')} skipped`
}

function readAllowed(): Record<string, string> {
  const file = process.env.WEFT_ALLOWED_SKIPS ?? new URL('allowed-skips.json', import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8'))
}
