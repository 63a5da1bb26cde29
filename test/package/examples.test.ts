// Every file of examples/ runs, and prints what it says.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, preview } from 'vite'
import { afterAll, expect, it } from 'vitest'
import { findChromium, withPage } from '../gpu/browser.ts'
import { startNode } from '../rpc/node.ts'
import { setUp } from '../setup/weft.ts'

const folder = fileURLToPath(new URL('../../examples/', import.meta.url))
setUp('dist')
const node = await startNode()
afterAll(async () => {
  if (typeof node !== 'string') await node.close()
})

const PRINTS: Record<string, RegExp> = {
  'call-contract.js': /^success 42 with \d+ gas\n$/,
  'custom-precompile.js': /^success 26000n 23\nrevert 21100n \nsuccess 26000n 23\nasked 2n times, paid 30n\n$/,
  'fork-mainnet.js': /^at block 0: success, 21000 gas\n\d round trips\n$/,
  'replay-block.js': /^360 transactions, \d+ gas, dataflow on 2 threads\nas its header says\n$/,
  'trace.js': /^\{"pc":4,.*"opName":"SSTORE".*\}\n\{"output":"0x".*\}\nCALL 0x565a\n$/,
  'viem-client.js': /^success in block 1 5n\nreverted 0n\n$/,
  'what-if.js': /^gas 21000n\nsuccess,success 7n\nnull\n$/,
}

it('all of them are here', () => {
  expect(
    readdirSync(folder)
      .filter(name => name.endsWith('.js'))
      .toSorted(),
  ).toEqual(Object.keys(PRINTS).toSorted())
})

it.each(Object.entries(PRINTS))('%s', async (name, prints) => {
  const isForked = name === 'fork-mainnet.js'
  if (isForked && typeof node === 'string') return expect(node).toContain('not installed')
  const args = [`${folder}${name}`, ...(isForked && typeof node !== 'string' ? [node.url] : [])]
  // Not spawnSync: the node's process is this one's child, and its output has to be read.
  const child = spawn(process.execPath, args, { stdio: 'pipe' })
  const text = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) child[stream].on('data', part => (text[stream] += part))
  const code = await new Promise(resolve => child.on('close', resolve))
  expect([code, text.stderr]).toEqual([0, ''])
  expect(text.stdout).toMatch(prints)
})

it('page/: the engine in a worker of a page, in Chromium', async context => {
  const program = findChromium()
  if (!program) return context.skip('no Chromium could be had on this machine (scripts/setup-system.mjs)')
  const outDir = mkdtempSync(join(tmpdir(), 'weft-page-'))
  const site = { root: `${folder}page`, logLevel: 'error', build: { outDir, emptyOutDir: true } } as const
  try {
    await build(site)
    const server = await preview({ ...site, preview: { port: 0, host: '127.0.0.1' } })
    const shown = await withPage(program, async page => {
      await page.goto(server.resolvedUrls!.local[0]!)
      return page.locator('output:not(:empty)').innerText()
    }).finally(() => server.close())
    expect(shown).toMatch(/^success 42 with \d+ gas$/)
  } finally {
    rmSync(outDir, { recursive: true })
  }
})
