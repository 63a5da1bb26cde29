// npm run demo:screenshot: takes the picture of README (demo/screenshot.png) of the page as the tests see it, and those that are to be looked at
// after a change: three widths, both themes, into the folder named by an argument.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findChromium } from '../gpu/browser.ts'
import { buildSite, openBrowser, openSite, run, serveSite } from './site.ts'

const program = findChromium()
if (program === undefined)
  throw new Error('no Chromium (npm run setup:system installs it; WEFT_CHROMIUM names another)')
const [folder] = process.argv.slice(2)

await buildSite()
const host = await serveSite(true)
const browser = await openBrowser(program)
try {
  const { page } = await openSite(browser, host.url)
  await run(page, { block: 'sample', threads: 2, dispatch: 'dataflow', compare: true })
  await page.setViewportSize({ width: 1280, height: 940 })
  await page.selectOption('#theme', 'light')
  await page.evaluate(() =>
    scrollTo(0, document.querySelector('.figures')!.getBoundingClientRect().top + scrollY - 100),
  )
  await page.waitForTimeout(500)
  await page.screenshot({ path: fileURLToPath(new URL('../../demo/screenshot.png', import.meta.url)) })
  if (folder !== undefined) {
    for (const width of [380, 768, 1280]) {
      for (const theme of ['light', 'dark']) {
        await page.setViewportSize({ width, height: 900 })
        await page.selectOption('#theme', theme)
        await page.waitForTimeout(500)
        await page.screenshot({ path: join(folder, `${width}-${theme}.png`), fullPage: true })
      }
    }
  }
} finally {
  await browser.close()
  host.close()
}
