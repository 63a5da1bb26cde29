// `weft replay --json` says the same whether transactions ran one after the other or in parallel, but for `ms`, `parallel` and `hash`.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SAMPLE_PATH } from '../../bench/blocks/sample.ts'
import { describeWithData } from '../setup/data.ts'
import { cliFile } from '../setup/weft.ts'

const WAYS = [
  ['--threads', '2', '--dispatch', 'dataflow'],
  ['--threads', '3', '--dispatch', 'batched'],
]

/** What the command prints about blocks, without times and figures of the dispatch; the rest as it is, byte for byte. */
function replay(files: readonly string[], ...flags: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cliFile, 'replay', ...files, '--json', ...flags], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return stdout
    .trim()
    .split('\n')
    .map(line => {
      const { ms, parallel, hash, ...rest } = JSON.parse(line) as Record<string, unknown>
      expect(ms).toBeDefined()
      expect(hash).toMatchObject({ asked: 'auto' })
      expect(parallel !== undefined).toBe(flags.includes('dataflow') || flags.includes('batched'))
      return JSON.stringify(rest)
    })
    .join('\n')
}

describe('weft replay --json', () => {
  it.each(WAYS)('of the sample block, %s %s %s %s', (...flags) => {
    expect(replay([SAMPLE_PATH], ...flags)).toBe(replay([SAMPLE_PATH], '--threads', '1'))
  })
})

describeWithData('mainnet-blocks', 'weft replay --json of mainnet blocks', folder => {
  const files = [116525, 4370000, 12244000, 17034869, 19929064].map(number => join(folder, `${number}.json.gz`))
  it.each(WAYS)('%s %s %s %s', (...flags) => {
    expect(replay(files, ...flags)).toBe(replay(files, '--threads', '1'))
  })
})
