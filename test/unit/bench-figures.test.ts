// What the benchmark makes of its reports: the figures in README.md, the comparison of two reports, the page.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compareLines, compareReports, deviation } from '../../bench/compare.ts'
import { figuresOf, readmeWithFigures, readReports } from '../../bench/figures.ts'
import { describeMachine } from '../../bench/machine.ts'
import { renderPage } from '../../bench/page/page.ts'
import { type CaseResult, compareAll, type Report } from '../../bench/report.ts'
import { type Figures, figuresOf as figuresOfRuns } from '../../bench/statistics.ts'

/** Samples around a time, a few percent to both sides. */
function around(ms: number, runs = 15): Figures {
  const samples = Array.from({ length: runs }, (_, i) => ms * (1 + 0.004 * ((i * 7) % runs) - 0.002 * runs))
  return figuresOfRuns(samples, samples)
}

function result(name: string, group: CaseResult['group'], ms: number, rivals: Record<string, number> = {}): CaseResult {
  const theirs = Object.entries(rivals).map(([rival, theirMs]) => [rival, around(theirMs)])
  return { name, group, gas: 1e6, items: 4096, ours: around(ms), rivals: Object.fromEntries(theirs) }
}

function report(cases: readonly CaseResult[], others: Partial<Report> = {}): Report {
  const machine = { ...describeMachine(), cpu: 'Test CPU', commit: 'abc1234', date: '2026-01-02T03:04:05.000Z' }
  const rivals = { anvil: { version: '1.7.1' }, 'js-sha3': { missing: 'not installed' } }
  return { machine, quick: false, seconds: 1, cases, rivals, ...compareAll(cases, () => cases.length), ...others }
}

const classics = [result('a', 'classic', 1, { anvil: 2, ethereumjs: 100 }), result('b', 'classic', 4, { anvil: 2 })]

describe('README.md', () => {
  it('holds the figures of the committed reports (npm run bench:figures)', () => {
    const { present, wanted } = readmeWithFigures()
    expect(present).toBe(wanted)
  })

  it('takes each figure from the newest report that has it, and names machine, commit and rivals', () => {
    const old = report([result('hash.wasm.64-bytes', 'hash', 1, { 'hash-wasm': 4 }), ...classics])
    const [first] = classics
    const young = report([first!, result('b', 'classic', 1, { anvil: 2 })])
    const text = figuresOf([
      { name: 'young', report: young },
      { name: 'old', report: old },
    ])
    expect(text).toContain('| classics against anvil, geometric mean | **0.50** | 0.50 | 2 of 2 |')
    expect(text).toContain('| 64 bytes, two at once, against hash-wasm | 244 ns | 975 ns | 0.25 |')
    expect(text).toMatch(/^- \[young\]\(bench\/results\/young\.json\): Test CPU.*abc1234.*; anvil 1\.7\.1$/m)
    expect(text).toMatch(/^- \[old\]/m)
  })
})

describe('reports', () => {
  it('are those of the folder, newest first, without quick ones and the last run', () => {
    const folder = mkdtempSync(join(tmpdir(), 'weft-reports-'))
    try {
      const write = (name: string, date: string, quick = false): void => {
        const made = report([], { quick })
        writeFileSync(join(folder, name), JSON.stringify({ ...made, machine: { ...made.machine, date } }))
      }
      write('b.json', '2026-01-02')
      write('a.json', '2026-01-03')
      write('quick.json', '2026-01-04', true)
      write('last.json', '2026-01-05')
      writeFileSync(join(folder, 'a.html'), '')
      expect(readReports(folder).map(({ name }) => name)).toEqual(['a', 'b'])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('bench:compare', () => {
  it('tells what moved beyond the noise, and not what did not', () => {
    const before = report([result('a', 'micro', 10), result('b', 'micro', 10), result('c', 'micro', 10)])
    const after = report([result('a', 'micro', 10.1), result('b', 'micro', 12), result('c', 'micro', 7)])
    const moves = compareReports(before, after)
    expect(moves.map(({ moved }) => moved)).toEqual([false, true, true])
    const lines = compareLines(moves).join('\n')
    expect(lines).toMatch(/^b .* 1\.20 slower +-$/m)
    expect(lines).toMatch(/^c .* 0\.70 faster +-$/m)
    expect(lines).toContain('2 of 3 cases moved; 1 stayed within the noise')
  })

  it('takes off what the rivals moved by: then the machine was another', () => {
    const before = report([result('a', 'classic', 10, { anvil: 20 })])
    const after = report([result('a', 'classic', 20, { anvil: 40 })])
    expect(compareReports(before, after)).toMatchObject([
      { ratio: expect.closeTo(1, 6), drift: expect.closeTo(2, 6), moved: false },
    ])
  })

  it('calls three samples no proof', () => {
    expect(Math.abs(deviation([1, 2, 3], [4, 5, 6]))).toBeLessThan(3.29)
    expect(deviation([1, 2], [])).toBe(0)
  })
})

describe('the page', () => {
  const spans = [
    { worker: 0, kind: 'run', tx: 0, start: 0, end: 900 },
    { worker: 1, kind: 'rerun', tx: 1, start: 100, end: 1200 },
    { worker: 0, kind: 'frontier', tx: 0, start: 900, end: 950 },
  ] as const
  const hashes = [16, 1024, 65_536].map(items => ({
    ...result(`hash.gpu.${items}`, 'gpu', 0.1 + items / 1e5, { wasm: items / 4e4 }),
    items,
  }))
  const all = report(
    [
      ...classics,
      result('micro.x<y', 'micro', 1, { anvil: 3 }),
      result('block.1', 'block', 1, { ethereumjs: 50 }),
      result('parallel.swaps-separate.1000.dataflow2', 'parallel', 1, { sequential: 1.8 }),
      result('hash.wasm.64-bytes', 'hash', 1, { 'hash-wasm': 2 }),
      ...hashes,
      result('root.wasm.10000', 'root', 1, { '@ethereumjs/mpt': 130 }),
      result('part.senders', 'part', 1, { '@noble/curves': 20 }),
      result('startup.compiled', 'startup', 6),
      { name: 'part.broken', group: 'part', error: 'weft: gas expected 1, got 2' },
    ],
    {
      model: [{ workers: 4, speedup: 3, medianSpeedup: 3, bound: 3.5, reached: 0.86, reruns: 0.01 }],
      timeline: { block: 'a block', threads: 2, spans },
      memory: {
        ...{ blocks: '54 mainnet blocks', coreMiB: [50, 51], residentMiB: [228, 238] },
        long: { replays: 10_000, coreMiB: [51, 51], residentMiB: [237, 235] },
      },
      sizes: [{ file: 'weft.simd.wasm', bytes: 123_456, gzipped: 51_234 }],
    },
  )
  const page = renderPage(all)

  it('shows every section, and the wrong case with its error', () => {
    const titles = [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title)
    const beside = ['Keccak', 'Roots and senders', 'Start-up and memory']
    expect(titles).toEqual(['Classics', 'Micros', 'Blocks', 'Threads', 'A block on its threads', ...beside])
    expect(page).toContain('on its way to 10,000 replays: core 51, 51 MiB, process 237, 235 MiB')
    expect(page).toContain('weft.simd.wasm 123 KB, gzipped 51 KB')
    expect(page).toContain('weft: gas expected 1, got 2')
    expect(page).toContain('missing: not installed')
    expect(page).toContain('the GPU wins from about')
  })

  it('stands alone: no scripts, nothing fetched, no figure that is none', () => {
    expect(page).not.toMatch(/<script|<link|@import|url\(|https?:/)
    expect(page).not.toMatch(/NaN|Infinity|undefined/)
    expect(page).toContain('x&#60;y')
    const opened = page.match(/<(svg|g|text|rect|section|figure|table)\b/g)!.length
    expect(page.match(/<\/(svg|g|text|rect|section|figure|table)>/g)).toHaveLength(opened)
  })

  it('draws rates over the size of a batch without a GPU as well', () => {
    const sizes = [16, 1024].map(items => ({ ...result(`hash.batch.${items}`, 'hash', 1, { 'hash-wasm': 3 }), items }))
    const drawn = renderPage(report(sizes))
    expect(drawn).toContain('WASM, 1 thread: 1 M at 1,024')
    expect(drawn).toContain('hash-wasm: 340 k at 1,024')
    expect(drawn).not.toContain('WebGPU')
    expect(drawn).not.toContain('the GPU wins')
    const slow = result('hash.gpu.16', 'gpu', 5, { wasm: 1 })
    expect(renderPage(report([slow]))).toContain('; the GPU wins at none of these sizes.')
  })

  it('has names on its axes that stand apart', () => {
    const far = [0.0075, 0.053, 0.2, 0.9, 1.3, 6.2, 40].map((ratio, i) =>
      result(`c${i}`, 'classic', ratio * 1e5, { anvil: 1e5, ethereumjs: 9e8 * (i + 1) }),
    )
    const slow = result('hash.wasm.136-bytes', 'hash', 1, { 'hash-wasm': 76 })
    for (let count = 1; count <= far.length; count++) {
      const svgs = renderPage(report([...far.slice(0, count), slow, ...all.cases])).match(/<svg.*?<\/svg>/gs)!
      expect(svgs.length).toBeGreaterThan(4)
      for (const svg of svgs) expect(overlaps(svg)).toEqual([])
    }
  })

  /** Pairs of names along an axis that touch, at 6.5 pixels a character, the width of digits of 12 pixels. */
  function overlaps(svg: string): string[] {
    const found = [
      ...svg.matchAll(/<text x="([\d.-]+)" y="([\d.-]+)" class="t-muted" text-anchor="middle">(.*?)<\/text>/g),
    ]
    const ends = found.map(([, x, y, text]) => ({ y, text: text!, x: Number(x), half: text!.length * 3.25 }))
    return ends.flatMap((one, i) => {
      const touching = ends
        .slice(i + 1)
        .filter(({ y, x, half }) => y === one.y && Math.abs(x - one.x) < half + one.half)
      return touching.map(({ text }) => `${one.text} | ${text}`)
    })
  }

  it('leaves out what was not measured', () => {
    const bare = renderPage(report([]))
    expect(bare).not.toContain('<svg')
    expect(bare).not.toMatch(/NaN|Infinity|undefined/)
  })
})
