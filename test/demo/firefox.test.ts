// The page in Firefox, whose WASM and threads are others than Chromium's: it runs a block on two threads, and every root is right.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import puppeteer from 'puppeteer-core'
import { describe, expect, it } from 'vitest'
import { setUp } from '../setup/weft.ts'
import { buildSite, serveSite } from './site.ts'

/** The program's path, or undefined where there is none. */
function findFirefox(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const paths = folders.flatMap(folder => ['firefox-esr', 'firefox'].map(name => join(folder, name)))
  const candidates = [process.env.WEFT_FIREFOX ?? [], paths].flat()
  return candidates.find(path => existsSync(path) && spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0)
}

const program = findFirefox()

describe('in Firefox', () => {
  it('runs the embedded block on two threads', async context => {
    if (program === undefined) {
      return context.skip('no Firefox (npm run setup:system installs it; WEFT_FIREFOX names another)')
    }
    setUp('dist')
    await buildSite()
    const host = await serveSite(true)
    const home = mkdtempSync(join(tmpdir(), 'weft-firefox-'))
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: program,
      headless: true,
      env: { ...process.env, HOME: home },
    })
    try {
      const page = await browser.newPage()
      const complaints: string[] = []
      page.on('console', message => void (message.type() === 'error' && complaints.push(message.text())))
      page.on('pageerror', error => void complaints.push(String(error)))
      await page.goto(host.url)
      await page.waitForSelector('#setup[data-ready]')
      expect(await page.evaluate('crossOriginIsolated')).toBe(true)
      await page.select('#threads', '2')
      await page.select('#dispatch', 'dataflow')
      await page.click('#run')
      await page.waitForSelector('#announce:not(:empty), #failure:not([hidden])', { timeout: 100_000 })
      expect(await page.$eval('#announce', element => element.textContent)).toMatch(/verified/)
      expect(await page.$$eval('canvas.graph', found => found.length)).toBe(1)
      expect(complaints).toEqual([])
    } finally {
      await browser.close()
      host.close()
      rmSync(home, { recursive: true, force: true })
    }
  })
})
