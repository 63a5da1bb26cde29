// The page in Firefox, whose WASM and threads are others than Chromium's: it runs a block on two threads, and every root is right.
import { describe, expect, it } from 'vitest'
import { setUp } from '../setup/weft.ts'
import { findFirefox, withFirefox } from './bidi.ts'
import { buildSite, serveSite } from './site.ts'

const program = findFirefox()

describe('in Firefox', () => {
  it('runs the embedded block on two threads', async context => {
    if (program === undefined) {
      return context.skip('no Firefox (npm run setup:system installs it; WEFT_FIREFOX names another)')
    }
    setUp('dist')
    await buildSite()
    const host = await serveSite(true)
    try {
      await withFirefox(program, async ({ open, evaluate, waitFor, complaints }) => {
        await open(host.url)
        await waitFor("document.querySelector('#setup[data-ready]')")
        expect(await evaluate('crossOriginIsolated')).toBe(true)
        await evaluate("document.getElementById('threads').value = '2'")
        await evaluate("document.getElementById('dispatch').value = 'dataflow'")
        await evaluate("document.getElementById('run').click()")
        await waitFor("document.querySelector('#announce:not(:empty), #failure:not([hidden])')")
        expect(await evaluate("document.getElementById('announce').textContent")).toMatch(/verified/)
        expect(await evaluate("document.querySelectorAll('canvas.graph').length")).toBe(1)
        expect(complaints).toEqual([])
      })
    } finally {
      host.close()
    }
  })
})
