// The client that evmone runs under in the benchmark (bench/rivals/evmone/host.c), with a library in evmone's place that shows what the
// client answers (evmone-stub.c); and that all that may be missing is named.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { MessageCase } from '../../bench/cases/messages.ts'
import { Missing, WrongResult } from '../../bench/harness.ts'
import { type CaseResult, compareAll } from '../../bench/report.ts'
import { Evmone, findLibrary } from '../../bench/rivals/evmone.ts'
import type { Address } from '../../src/types.ts'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'weft-evmone-test-'))
const library = join(folder, 'lib', 'libevmone.so.0.23')
mkdirSync(join(folder, 'lib'))
const hasCompiler = compile(library)
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => vi.unstubAllEnvs())

function compile(file: string, ...flags: string[]): boolean {
  const include = `-I${path('../../bench/rivals/evmone')}`
  const args = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', include, ...flags]
  const { status, stderr, error } = spawnSync('gcc', [...args, '-o', file, path('./evmone-stub.c')], {
    encoding: 'utf8',
  })
  if (!error) expect([status, stderr]).toEqual([0, ''])
  return !error
}

/** Accounts of a message, by the last byte of their addresses; the first is called. */
function message(codes: readonly string[], output: string, gasUsed: number): MessageCase {
  const at = (last: number): Address => `0xcc${'0'.repeat(36)}${last.toString(16).padStart(2, '0')}`
  return {
    name: 'stub',
    caller: `0x${'ca'.repeat(20)}`,
    to: at(1),
    gasLimit: 1_000_000_000n,
    codes: codes.map((code, i) => [at(i + 1), Uint8Array.from(code, letter => letter.charCodeAt(0))] as const),
    input: new Uint8Array(0),
    gasUsed: BigInt(gasUsed),
    output,
  }
}

describe('what may be missing is named', () => {
  it('a build: none is named, or it is not there, or it has no library', () => {
    expect(() => findLibrary(undefined)).toThrow(Missing)
    expect(() => findLibrary(undefined)).toThrow('EVMONE names no build of evmone')
    expect(() => findLibrary(join(folder, 'nowhere'))).toThrow('which is not there')
    const bench = join(folder, 'none', 'bin', 'evmone-bench')
    mkdirSync(join(folder, 'none', 'bin'), { recursive: true })
    writeFileSync(bench, '')
    expect(() => findLibrary(bench)).toThrow(/no libevmone\.so lies beside it or in its lib/)
  })

  it('its library is found beside evmone-bench and in the folder of a build', context => {
    if (!hasCompiler) return context.skip('no gcc')
    const bench = join(folder, 'bin', 'evmone-bench')
    mkdirSync(join(folder, 'bin'))
    writeFileSync(bench, '')
    expect([library, bench, folder, join(folder, 'lib')].map(findLibrary)).toEqual(Array(4).fill(library))
  })

  it('a compiler', async () => {
    vi.stubEnv('CC', 'no-such-compiler')
    writeFileSync(join(folder, 'any.so'), '')
    await expect(Evmone.start(join(folder, 'any.so'))).rejects.toThrow(/^no no-such-compiler to compile/)
  })

  it('a library that is one, and speaks the same version of the interface', async context => {
    if (!hasCompiler) return context.skip('no gcc')
    const [text, old] = [join(folder, 'text.so'), join(folder, 'old.so')]
    writeFileSync(text, 'no library')
    await expect(Evmone.start(text)).rejects.toThrow(/cannot be loaded/)
    compile(old, '-DSTUB_ABI=12')
    const start = Evmone.start(old)
    await expect(start).rejects.toThrow(Missing)
    await expect(start).rejects.toThrow(/is evmone 1\.2\.3, which speaks EVMC ABI 12, and the benchmark 18$/)
  })
})

describe('a message', () => {
  if (!hasCompiler) {
    it('needs a compiler', context => context.skip('no gcc'))
    return
  }
  let evmone: Evmone
  beforeAll(async () => {
    evmone = await Evmone.start(library)
  })
  afterAll(() => evmone?.close())

  async function run(codes: readonly string[], output: string, gasUsed: number): Promise<number> {
    const runner = evmone.runner(message(codes, output, gasUsed))
    await runner.prepare()
    const ms = (await runner.run()) as number
    runner.verify()
    return ms
  }

  it('has its time, and the version of the library', async () => {
    expect(evmone.version).toMatch(/^1\.2\.3, /)
    expect(await run(['m'], '0x01', 1)).toBeGreaterThan(0)
  })

  it('finds slots empty and cold in every run, then as it left them', async () => {
    const code = 'a\x01a\x01g\x01s\x01\x05g\x01s\x01\x05s\x01\x06s\x01\x00g\x01T\x01\x09t\x01g\x01'
    // cold, warm, 0; added, 5; the same; changed; deleted again, 0; transient, which is apart
    const output = '0x000100010500000700' + '0900'
    for (let i = 0; i < 2; i++) await run([code], output, 12)
  })

  it('finds caller, callee, coinbase and precompiled contracts warm, others from the second time on', async () => {
    await run(['A\x01A\x02A\x02'], '0x010001', 3)
  })

  it('takes back what a failed call did, and keeps what a good one did', async () => {
    const [good, bad] = ['s\x01\x07a\x02T\x03\x08l', 's\x01\x09a\x05A\x09T\x03\x09lr']
    // The good one at 2: success, added, cold. Its slots are its own.
    await run(['c\x02g\x01c\x02', good], '0x00010000' + '000001', 11)
    // The bad one: reverted, added, cold, cold; once more the same, since nothing of it stayed.
    await run(['c\x02c\x02A\x09', bad], `0x${'02010000'.repeat(2)}00`, 15)
  })

  it('whose callee has no code succeeds', async () => {
    await run(['c\x07'], '0x00', 1)
  })

  it('is refused where it needs what the client has not, and wrong where gas or output is', async () => {
    await expect(run(['n'], '0x', 1)).rejects.toThrow(WrongResult)
    await expect(run(['n'], '0x', 1)).rejects.toThrow('evmone: refused CREATE')
    await expect(run(['g\x01'], '0x00', 2)).rejects.toThrow('evmone: gas expected 2, got 1')
    await expect(run(['g\x01'], '0x01', 1)).rejects.toThrow('evmone: output expected 0x01, got 0x00')
    await expect(run(['r'], '0x', 1)).rejects.toThrow('evmone: status expected 0, got 2')
    await run(['g\x01'], '0x00', 1)
  })
})

it('is in the summary only where it ran', () => {
  const figures = (medianMs: number) => ({
    runs: 1,
    medianMs,
    minMs: medianMs,
    spread: 0,
    cpuMs: 1,
    samples: [medianMs],
  })
  const classic = (rival: string): CaseResult => ({
    name: 'a',
    group: 'classic',
    ours: figures(3),
    rivals: { [rival]: figures(2) },
  })
  const names = (cases: CaseResult[]): string[] => Object.keys(compareAll(cases, () => 1).summary)
  const five = [
    'classicsVsAnvil',
    'microsVsAnvil',
    'classicsVsEthereumJS',
    'blocksVsEthereumJS',
    'parallel2VsSequential',
  ]
  expect(names([classic('anvil')])).toEqual(five)
  expect(names([classic('evmone')])).toEqual([...five, 'classicsVsEvmone'])
  expect(compareAll([classic('evmone')], () => 1).summary.classicsVsEvmone).toBe(1.5)
})
