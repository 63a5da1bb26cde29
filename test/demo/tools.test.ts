// The Bench tab and blocks of a node, in Chromium.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import type { Report } from '../../bench/report.ts'
import { startNode } from '../rpc/node.ts'
import { describeInChromium } from './opened.ts'
import { run } from './site.ts'

const WITHDRAWALS = '0x00000961ef480eb55e80d19ad83579a64c007002'
const CONSOLIDATIONS = '0x0000bbddc7ce488642fb579f8b00f3a590007251'

describeInChromium(opened => {
  it('measures verified results, and exports the report of npm run bench', async () => {
    const { page } = opened.site
    await page.click('#tab-bench')
    await page.uncheck('input[value=scaling]', { force: true })
    await page.click('#bench-run')
    await page.waitForSelector('#bench-announce:not(:empty)', { state: 'attached', timeout: 100_000 })
    const download = page.waitForEvent('download')
    await page.click('button:text("JSON")')
    const chunks: Buffer[] = []
    for await (const chunk of await (await download).createReadStream()) chunks.push(chunk as Buffer)
    const report = JSON.parse(Buffer.concat(chunks).toString()) as Report
    expect(report.cases.filter(({ error }) => error !== undefined)).toEqual([])
    const measured = report.cases.filter(({ ours }) => ours && ours.medianMs > 0).map(({ name }) => name)
    expect(measured).toEqual(expect.arrayContaining(['own.token-transfer', 'hash.wasm.64-bytes', 'hash.gpu.4096']))
    expect(report.machine.adapter?.name).toMatch(/\w/)
    expect(await page.locator('#bench-result svg').count()).toBe(2)

    // The picture says where it was measured.
    await page.evaluate(() => {
      const { prototype } = CanvasRenderingContext2D
      const { fillText } = prototype
      prototype.fillText = function (text: string, ...place: [number, number]) {
        document.body.dataset.drawn = text
        fillText.call(this, text, ...place)
      }
    })
    const picture = page.waitForEvent('download')
    await page.click('button:text("PNG")')
    expect((await picture).suggestedFilename()).toBe('weft-bench.png')
    const line = await page.evaluate(() => document.body.dataset.drawn)
    expect(line).toMatch(/^Weft: Chrome [\d.]+ on .*, \d+ threads of the processor, .*, \d{4}-\d\d-\d\d$/)
    expect(opened.site.complaints.splice(0)).toEqual([])
    await page.click('#tab-run')
  })

  it('says that a node does not answer, or not that, and stays usable', async () => {
    const { page } = opened.site
    const ask = async (url: string): Promise<string> => {
      await page.check('input[value=remote]', { force: true })
      await page.fill('#rpc-url', url)
      await page.fill('#rpc-block', '7')
      return run(page)
    }
    expect(await ask('http://127.0.0.1:9')).toMatch(
      /127\.0\.0\.1:9 could not be reached .*Access-Control-Allow-Origin/s,
    )
    const deaf = await node({ 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*' })
    expect(await ask(deaf.url)).toMatch(/method/)
    deaf.server.close()
    const forbidding = await node({})
    expect(await ask(forbidding.url)).toMatch(/could not be reached/)
    forbidding.server.close()
    expect(
      await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }) + location.href),
    ).not.toMatch(/:9\b|rpc/)
    opened.site.complaints.splice(0) // the browser itself tells of requests that failed
    expect(await run(page, { block: 'sample' })).toMatch(/verified/)
    expect(opened.site.complaints.splice(0)).toEqual([])
  })

  it('runs a block of a node', async context => {
    const anvil = await startNode(['--hardfork', 'osaka'])
    if (typeof anvil === 'string') return context.skip(anvil)
    try {
      // The contracts of EIP-7002 and 7251, which a development chain lacks; these have nothing to ask for.
      for (const address of [WITHDRAWALS, CONSOLIDATIONS]) await anvil.ask('anvil_setCode', address, '0x00')
      await anvil.ask('evm_mine')
      const [from, to] = anvil.accounts
      await anvil.ask('eth_sendTransaction', { from, to, value: '0x1234' })
      await anvil.ask('evm_mine')
      await opened.site.page.check('input[value=remote]', { force: true })
      await opened.site.page.fill('#rpc-url', anvil.url)
      await opened.site.page.fill('#rpc-block', 'latest')
      expect(await run(opened.site.page, { threads: 1, dispatch: 'auto' })).toMatch(/^Block \d+: verified/)
    } finally {
      await anvil.close()
    }
  })
})

/** A node that knows no method. */
function node(headers: Record<string, string>): Promise<{ url: string; server: Server }> {
  const answer = (id: unknown): object => ({
    jsonrpc: '2.0',
    id,
    error: { code: -32601, message: 'the method does not exist' },
  })
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    if (request.method === 'OPTIONS') return void response.writeHead(204, headers).end()
    const calls = JSON.parse(text) as { id: unknown } | { id: unknown }[]
    const body = Array.isArray(calls) ? calls.map(({ id }) => answer(id)) : answer(calls.id)
    response.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body))
  })
  return new Promise(resolve =>
    server.listen(0, '127.0.0.1', () => {
      resolve({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server })
    }),
  )
}
