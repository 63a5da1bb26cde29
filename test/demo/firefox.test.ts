// The page in Firefox, whose WASM and threads are others than Chromium's: it runs a block on two threads, and every root is right.
import { describe, expect, it } from 'vitest'
import { setUp } from '../setup/weft.ts'
import { findFirefox, visitWithFirefox } from './firefox.ts'
import { buildSite } from './site.ts'

const program = findFirefox()

/** Runs the embedded block. Firefox calls it: it is sent as its source. */
async function runBlock(page: Document): Promise<{ isIsolated: boolean; announced: string; graphs: number }> {
  const waitFor = async (selector: string): Promise<void> => {
    for (const end = Date.now() + 100_000; !page.querySelector(selector); ) {
      if (Date.now() > end) throw new Error(`waited in vain for ${selector}, stage "${text('stage')}"`)
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
  const text = (id: string): string => page.getElementById(id)?.textContent ?? ''
  const choose = (id: string, value: string): void => {
    ;(page.getElementById(id) as HTMLSelectElement).value = value
  }
  await waitFor('#setup[data-ready]')
  choose('threads', '2')
  choose('dispatch', 'dataflow')
  page.getElementById('run')!.click()
  await waitFor('#announce:not(:empty), #failure:not([hidden])')
  return {
    isIsolated: page.defaultView!.crossOriginIsolated,
    announced: text('announce') + text('failure'),
    graphs: page.querySelectorAll('canvas.graph').length,
  }
}

describe('in Firefox', () => {
  it('runs the embedded block on two threads', async context => {
    if (program === undefined) {
      return context.skip('no Firefox (npm run setup:system installs it; WEFT_FIREFOX names another)')
    }
    setUp('dist')
    await buildSite()
    const { seen, complaints } = await visitWithFirefox(program, runBlock)
    expect(seen).toEqual({ isIsolated: true, announced: expect.stringMatching(/verified/), graphs: 1 })
    expect(complaints).toEqual([])
  })
})
