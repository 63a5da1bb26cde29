// Tests of the page in Chromium: built, served with the headers that isolate it, and open before the first of them.
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type Browser, findChromium } from '../gpu/browser.ts'
import { setUp } from '../setup/weft.ts'
import { buildSite, type Host, openBrowser, openSite, type Site, serveSite } from './site.ts'

/** What is open while the tests run. */
export interface Opened {
  browser: Browser
  host: Host
  site: Site
}

/** Describes the tests, or says why they are skipped. */
export function describeInChromium(tests: (opened: Opened) => void): void {
  describe('in Chromium', () => {
    const program = findChromium()
    if (program === undefined) {
      it('needs Chromium', context =>
        context.skip('no Chromium (npm run setup:system installs it; WEFT_CHROMIUM names another)'))
      return
    }
    const opened = {} as Opened
    beforeAll(async () => {
      setUp('dist')
      await buildSite()
      opened.host = await serveSite(true)
      opened.browser = await openBrowser(program)
      opened.site = await openSite(opened.browser, opened.host.url)
    })
    afterAll(async () => {
      await opened.browser?.close()
      opened.host?.close()
    })
    tests(opened)
  })
}
