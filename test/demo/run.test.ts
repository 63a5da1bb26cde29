// The page in Chromium: it runs blocks right in every way that it offers, says what is wrong with a file, and can be stopped.
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { makeSample } from '../../demo/samples/make.ts'
import { GENERATED, type GeneratedName } from '../../demo/samples/samples.ts'
import { createWeft, MemorySource, readBlockFile } from '../../src/index.ts'
import { decodeJson } from '../../src/input/json.ts'
import { absenceNote, dataFolder } from '../setup/data.ts'
import { wasmBytes } from '../setup/weft.ts'
import { describeInChromium } from './opened.ts'
import { run, type Site, setControls } from './site.ts'

const sampleFile = new URL('../../bench/blocks/sample.json.gz', import.meta.url)

it.each(Object.keys(GENERATED) as GeneratedName[])('%s: Weft in Node gives what EthereumJS gave', async name => {
  const weft = await createWeft({ wasm: wasmBytes('simd') })
  const { block, state, expected, senders } = makeSample(name)
  const outcome = await weft.replayBlock(block, { source: new MemorySource(state) })
  expect(outcome).toMatchObject(expected)
  expect(outcome.receipts.map(({ sender }) => sender)).toEqual(senders)
})

describeInChromium(opened => {
  /** Of the page since the last call. */
  const complaints = (): string[] => opened.site.complaints.splice(0)
  const checks = (): Promise<string[]> =>
    opened.site.page
      .locator('#result .checks li')
      .evaluateAll(items => items.map(item => (item as HTMLElement).dataset.check!))

  const ways = [
    { threads: 1, dispatch: 'auto', hash: 'wasm' },
    { threads: 2, dispatch: 'batched', hash: 'wasm' },
    { threads: 2, dispatch: 'dataflow', hash: 'webgpu' },
    { threads: 1, dispatch: 'sequential', hash: 'webgpu' },
  ]
  for (const block of ['sample', ...Object.keys(GENERATED)]) {
    it.each(block === 'sample' ? ways : [ways[0]!, ways[2]!])(
      `verifies ${block} with $threads threads, $dispatch, hashes by $hash`,
      async way => {
        expect(await run(opened.site.page, { block, ...way })).toMatch(/: verified in /)
        expect(await checks()).toEqual(Array(8).fill('true'))
        expect(complaints()).toEqual([])
      },
    )
  }

  it('gives what Node gives', async () => {
    const file = readBlockFile(await decodeJson(readFileSync(sampleFile), 'sample'), { file: 'sample' })
    const weft = await createWeft({ wasm: wasmBytes('simd') })
    const { receiptsRoot, stateRoot, gasUsed } = await weft.replayBlock(file.block, {
      source: new MemorySource(file.state),
    })
    await run(opened.site.page, { block: 'sample', threads: 2, dispatch: 'dataflow', hints: false })
    await setControls(opened.site.page, { hints: true })
    const shown = await opened.site.page
      .locator('#result .checks li')
      .evaluateAll(items => items.map(item => item.getAttribute('title')))
    const ends = (root: string): string => `${root.slice(0, 6)}…${root.slice(-4)}`
    expect(shown).toContain(`Receipts root matches: ${ends(receiptsRoot)}`)
    expect(shown).toContain(`State root matches: ${ends(stateRoot!)}`)
    expect(shown).toContain(`Gas used matches: ${gasUsed}`)
  })

  it('measures beside sequential execution', async () => {
    expect(await run(opened.site.page, { block: 'sample', threads: 2, dispatch: 'dataflow', compare: true })).toMatch(
      /verified/,
    )
    expect(await opened.site.page.locator('.figures').innerText()).toMatch(
      /Speed-up\s+[\d.]+×\s+sequentially [\d.]+ ms/,
    )
    expect(complaints()).toEqual([])
  })

  it('runs a block that is dropped on it', async context => {
    const folder = dataFolder('mainnet-blocks')
    if (!folder) return context.skip(absenceNote('mainnet-blocks'))
    await drop(opened.site, [join(folder, '13217637.json.gz'), join(folder, 'codes.json.gz')])
    expect(await run(opened.site.page, { threads: 2, dispatch: 'auto', hash: 'wasm' })).toMatch(
      /^13217637.json.gz: verified/,
    )
    expect((await checks()).filter(check => check === 'true').length).toBeGreaterThan(3)
    expect(complaints()).toEqual([])
  })

  it.each([
    ['broken.json', 'not json', /broken\.json/],
    ['broken.json.gz', '\u001f\u008b\u0008 nothing', /broken\.json\.gz.*gzip/],
    ['other.json', '{"number": 7}', /other\.json/],
  ])('says what is wrong with %s, and stays usable', async (name, text, message) => {
    const bytes = Buffer.from(text, 'latin1')
    await opened.site.page.setInputFiles('#file', { name, mimeType: 'application/json', buffer: bytes })
    expect(await run(opened.site.page)).toMatch(message)
    expect(await run(opened.site.page, { block: 'sample', threads: 1, dispatch: 'auto' })).toMatch(/verified/)
    expect(complaints()).toEqual([])
  })

  it('can be stopped, and run again', async () => {
    await setControls(opened.site.page, { block: 'free', threads: 2, dispatch: 'dataflow', compare: true })
    await opened.site.page.click('#run')
    await opened.site.page.waitForFunction(() => document.getElementById('stage')?.textContent === 'Measuring')
    await opened.site.page.click('#cancel')
    await opened.site.page.waitForSelector('#progress', { state: 'hidden', timeout: 5000 })
    expect(await opened.site.page.locator('#announce').textContent()).toBe('Cancelled.')
    expect(await run(opened.site.page, { block: 'sample' })).toMatch(/verified/)
    expect(complaints()).toEqual([])
  })
})

/** Drops files on the page as a visitor does. */
async function drop({ page }: Site, paths: readonly string[]): Promise<void> {
  const files = paths.map(path => [basename(path), readFileSync(path).toString('base64')] as const)
  const transfer = await page.evaluateHandle(items => {
    const data = new DataTransfer()
    for (const [name, text] of items)
      data.items.add(new File([Uint8Array.from(atob(text), c => c.charCodeAt(0))], name))
    return data
  }, files)
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer })
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer })
}
