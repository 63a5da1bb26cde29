// The skip policy of test/setup: absent data skips with one line that names the folder, and fails where CI is set. Runs
// vitest on test/setup/fixture, so that the reporter and the exit code are the real ones.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { describeSkips, isAllowed } from '../setup/skips.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'weft-skips-'))
afterAll(() => rmSync(scratch, { recursive: true }))

/** Exit code and output of the fixture run; the surrounding vitest must not shine through. */
function runFixture(env: Record<string, string>): { status: number | null; output: string } {
  const outer = Object.entries(process.env).filter(([name]) => !/^(VITEST|CI$|WEFT_|TEST$|NODE_ENV$)/.test(name))
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', join(root, 'test/setup/fixture')],
    { encoding: 'utf8', env: { ...Object.fromEntries(outer), NO_COLOR: '1', ...env } },
  )
  return { status, output: stdout + stderr }
}

const linesWith = (output: string, text: string): string[] => output.split('\n').filter(line => line.includes(text))

describe('a run with absent data', () => {
  const absent = join(scratch, 'absent')

  it('skips with one line that names the folder', () => {
    const { status, output } = runFixture({ WEFT_DATA: absent })
    expect(linesWith(output, join(absent, 'fixture-data'))).toHaveLength(1)
    expect(output).toContain(`skipped 2 tests: no folder ${join(absent, 'fixture-data')}`)
    expect(output.trim().split('\n').at(-1)).toBe('2 passed, 0 failed, 2 skipped')
    expect(status).toBe(0)
  })

  it('fails with CI and names the tests', () => {
    const { status, output } = runFixture({ WEFT_DATA: absent, CI: 'true' })
    expect(output).toContain('skipping.case.ts > over data > needs fixture-data')
    expect(output).toContain('skipping.case.ts > over the same data > needs fixture-data')
    expect(status).toBe(1)
  })

  it('passes with CI where the list allows the skips, and only these', () => {
    const list = join(scratch, 'allowed.json')
    writeFileSync(
      list,
      JSON.stringify({
        'skipping.case.ts > over data > *': 'fixture',
        'skipping.case.ts > over the same data > needs fixture-data': 'fixture',
      }),
    )
    expect(runFixture({ WEFT_DATA: absent, CI: 'true', WEFT_ALLOWED_SKIPS: list }).status).toBe(0)
    const other = runFixture({ WEFT_DATA: absent, CI: 'true', WEFT_ALLOWED_SKIPS: list, FIXTURE_SKIPS: '1' })
    expect(linesWith(other.output, 'not in test/setup/allowed-skips.json')).toEqual([
      'CI: skipped, and not in test/setup/allowed-skips.json: skipping.case.ts > without data > says nothing',
    ])
    expect(other.status).toBe(1)
  })
})

it('runs the tests where the data is there', () => {
  mkdirSync(join(scratch, 'fixture-data'))
  const { status, output } = runFixture({ WEFT_DATA: scratch, CI: 'true' })
  expect(output.trim().split('\n').at(-1)).toBe('4 passed, 0 failed, 0 skipped')
  expect(status).toBe(0)
})

it('allows a test by its name or by a star above it', () => {
  expect(isAllowed('a.ts > s > t', new Set(['a.ts > s > t']))).toBe(true)
  expect(isAllowed('a.ts > s > t', new Set(['a.ts > *']))).toBe(true)
  expect(isAllowed('a.ts > s > t', new Set(['a.ts > s']))).toBe(false)
  expect(isAllowed('a.ts > s > t', new Set(['*', 'b.ts > *', 'a.ts > s > u']))).toBe(false)
})

it('groups skips by reason', () => {
  const skips = [
    { id: 'a.ts > x', note: 'no folder d' },
    { id: 'b.ts > y', note: 'no folder d' },
    { id: 'b.ts > z', note: undefined },
  ]
  expect(describeSkips(skips)).toEqual(['skipped 2 tests: no folder d', 'skipped 1 test: no reason given in b.ts'])
})
