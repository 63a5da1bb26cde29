// Hosts that send no headers for cross-origin isolation: the page's service worker adds them; without one there is a single thread.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, findChromium } from '../gpu/browser.ts'
import { setUp } from '../setup/weft.ts'
import { buildSite, type Host, openBrowser, openSite, run, serveSite } from './site.ts'

const program = findChromium()

describe('on a host without headers', () => {
  if (program === undefined) {
    it('needs Chromium', context =>
      context.skip('no Chromium (npm run setup:system installs it; WEFT_CHROMIUM names another)'))
    return
  }
  let host: Host
  let browser: Browser | undefined
  beforeAll(async () => {
    setUp('dist')
    await buildSite()
    host = await serveSite(false)
  })
  afterAll(async () => {
    await browser?.close()
    host?.close()
  })

  it('has threads by its service worker', async () => {
    browser = await openBrowser(program, 'allow')
    const { page, complaints } = await openSite(browser, host.url)
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
    expect(await run(page, { block: 'sample', threads: 2, dispatch: 'dataflow' })).toMatch(/verified/)
    expect(complaints).toEqual([])
    await browser.close()
  })

  it('runs on one thread without a service worker, and says why', async () => {
    browser = await openBrowser(program, 'block')
    const { page, complaints } = await openSite(browser, host.url)
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false)
    expect(await page.locator('#isolation').innerText()).toMatch(/^One thread only: .*not cross-origin isolated/)
    expect(await page.locator('#threads option').count()).toBe(1)
    expect(await run(page, { block: 'sample' })).toMatch(/verified/)
    expect(await run(page, { block: 'sample', dispatch: 'dataflow' })).toMatch(/verified/)
    expect(complaints.filter(text => text !== 'Service Worker registration blocked by Playwright')).toEqual([])
  })
})
