// What there is to see of a block, in Chromium: reachable by keyboard, accessible in both themes and at phone width, smooth, and small to load.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { AxeResults } from 'axe-core'
import { expect, it } from 'vitest'
import { describeInChromium } from './opened.ts'
import { run, siteFolder } from './site.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Kilobytes, gzipped, that the page loads before Run is pressed. */
const BUDGET = 400

describeInChromium(opened => {
  const violations = async (page = opened.site.page): Promise<string[]> => {
    await page.evaluate(axe)
    const found = (await page.evaluate('axe.run()')) as AxeResults
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  }

  it('loads little before Run, and is ready soon', async () => {
    const page = await opened.browser.context.newPage()
    const sizes = new Map<string, number>()
    page.on('response', async response => {
      sizes.set(new URL(response.url()).pathname, gzipSync(await response.body()).length / 1024)
    })
    await page.goto(opened.host.url)
    await page.waitForSelector('#setup[data-ready]')
    await page.waitForLoadState('networkidle')
    const ready = await page.evaluate(() => performance.getEntriesByName('weft-ready')[0]!.startTime)
    await page.close()
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
    const later = readdirSync(join(siteFolder, 'assets')).filter(name => !sizes.has(`/assets/${name}`))
    const sizeOf = (name: string): number => gzipSync(readFileSync(join(siteFolder, 'assets', name))).length / 1024
    console.log(`before Run ${total.toFixed(1)} KB gzipped, ready after ${ready.toFixed(0)} ms; on demand, KB gzipped:`)
    console.log(later.map(name => `${name} ${sizeOf(name).toFixed(1)}`).join(', '))
    expect(total).toBeLessThan(BUDGET)
    expect(later.some(name => name.endsWith('.wasm'))).toBe(true)
    // A second on localhost, where the machine has nothing else to do; tests share theirs.
    expect(ready).toBeLessThan(5000)
  })

  it('shows a transaction that is chosen by keyboard', async () => {
    const { page } = opened.site
    expect(await run(page, { block: 'contended', threads: 2, dispatch: 'dataflow' })).toMatch(/verified/)
    expect(await page.getAttribute('canvas.graph', 'aria-label')).toMatch(/1000 transactions, \d+ edges, \d+ batches/)
    await page.focus('canvas.graph')
    for (let i = 0; i < 40; i++) await page.keyboard.press('ArrowRight')
    const detail = await page.locator('.detail').innerText()
    expect(detail).toMatch(/Transaction 39/)
    expect(detail).toMatch(/Selector\s+0x[0-9a-f]{8}/)
    expect(detail).toMatch(/Why it waited\s+Transaction \d+\s+wrote 0x/)
    expect(detail).toMatch(/: slot 0x\S+\s+\S+\s+RW?/)
    await page.keyboard.press('Escape')
    expect(await page.locator('.detail').count()).toBe(0)
    expect(await page.locator('.hot button').count()).toBeGreaterThan(3)
  })

  it('says what a pointer is over', async () => {
    const { page } = opened.site
    const canvas = page.locator('canvas.graph')
    await canvas.scrollIntoViewIfNeeded()
    const { x, y, width, height } = (await canvas.boundingBox())!
    const tip = page.locator('.tip')
    expect(await tip.isVisible()).toBe(false)
    for (let step = 0; step < 200 && !(await tip.isVisible()); step++) {
      await page.mouse.move(x + 20 + (step % 20) * 9, y + (height * (step + 20)) / 240)
    }
    expect(await tip.innerText()).toMatch(
      /^Transaction \d+, batch \d+\n0x\S+ → 0x\S+, 0x[0-9a-f]{8}\n\d+ of \d+ accesses as foreseen\nwaits for /,
    )
    const box = (await tip.boundingBox())!
    expect(box.x).toBeGreaterThanOrEqual(x)
    expect(box.x + box.width).toBeLessThanOrEqual(x + width)
    await page.mouse.move(x - 30, y - 10)
    expect(await tip.isVisible()).toBe(false)
  })

  it('plays the block, and can be moved through it', async () => {
    const { page } = opened.site
    await page.click('.play')
    await page.waitForFunction(() => Number((document.getElementById('scrub') as HTMLInputElement).value) > 5)
    await page.click('.play')
    await page.fill('#scrub', '500')
    expect(await page.locator('.player output').innerText()).toMatch(/ of /)
    await page.fill('#scrub', '1000')
    expect(opened.site.complaints.splice(0)).toEqual([])
  })

  it('plays in a few still pictures for those who want less motion', async () => {
    const { page } = opened.site
    const moments = async (): Promise<number> => {
      await page.click('.play')
      const seen = await page.evaluate(async () => {
        const slider = document.getElementById('scrub') as HTMLInputElement
        const values = new Set<string>()
        for (let frame = 0; frame < 60; frame++) {
          await new Promise(requestAnimationFrame)
          values.add(slider.value)
        }
        return values.size
      })
      await page.click('.play')
      return seen
    }
    const moving = await moments()
    await page.emulateMedia({ reducedMotion: 'reduce' })
    expect(await moments()).toBeLessThan(moving / 3)
    await page.emulateMedia({ reducedMotion: null })
    await page.fill('#scrub', '1000')
  })

  it('draws a frame of a large graph in a few milliseconds while it is moved', async () => {
    const { page } = opened.site
    const canvas = page.locator('canvas.graph')
    await canvas.scrollIntoViewIfNeeded()
    const { x, y } = (await canvas.boundingBox())!
    await page.mouse.move(x + 100, y + 100)
    await page.mouse.down()
    for (let i = 0; i < 120; i++) await page.mouse.move(x + 100 + i, y + 100 + i / 2)
    await page.mouse.up()
    const frames = await page.evaluate(() => {
      const view = document.querySelector('.view') as HTMLElement & { weftStage: { frames: number[] } }
      return view.weftStage.frames.slice(-100).sort((a, b) => a - b)
    })
    const [median, late] = [frames[frames.length >> 1]!, frames[Math.floor(0.95 * frames.length)]!]
    console.log(
      `panning 1,000 transactions: ${median.toFixed(2)} ms of script a frame, 95 % below ${late.toFixed(2)} ms`,
    )
    expect(median).toBeLessThan(8)
    expect(late).toBeLessThan(16)
  })

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 380],
    ['dark', 380],
  ])('is accessible, and fits: %s, %i px', async (theme, width) => {
    const { page } = opened.site
    await page.setViewportSize({ width, height: 900 })
    await page.selectOption('#theme', theme)
    await page.waitForTimeout(300) // colours of buttons take their time
    expect(await violations()).toEqual([])
    await page.click('#tab-bench')
    expect(await violations()).toEqual([])
    await page.click('#tab-run')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  })

  it('is accessible also while the Bench tab is still on its way, and says so when it does not come', async () => {
    const page = await opened.browser.context.newPage()
    let giveUp = (): void => {}
    const isAsked = new Promise<void>(resolve => {
      void page.route('**/assets/panel-*.js', async route => {
        giveUp = () => void route.abort()
        resolve()
      })
    })
    await page.goto(`${opened.host.url}#bench`)
    await isAsked
    await page.waitForSelector('#panel-bench h1')
    expect(await violations(page)).toEqual([])
    giveUp()
    await page.waitForSelector('#panel-bench > [role=alert]')
    expect(await violations(page)).toEqual([])
    await page.close()
  })
})
