// The same kernels in a browser: the compiled package as it is published, on the page and in a worker.
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { setUp } from '../setup/weft.ts'
import { type Case, chains, clearDigests, expectDigests, keys, levels, messageRoom, messages, room } from './batches.ts'
import { findChromium, withPage } from './browser.ts'

const program = findChromium()
const lengths = Array.from({ length: 301 }, (_, i) => (i * 5) % 301)
const cases = (): Case[] => [
  messages(room(messageRoom(lengths)), lengths),
  keys(room(100 * 64), 20, 100),
  keys(room(100 * 64), 32, 100),
  chains(room(100 * 160), 2, 100),
  levels(room(100_000), 4),
]

/** What runs in the browser: opens a hasher, hashes each batch in a copy of its memory, and gives the copies back. */
const hashing = `
  async (choice, batches) => {
    const { createHasher } = await import('/dist/src/gpu/hasher.js')
    const { backend, adapter } = await createHasher({ hash: choice })
    const memories = []
    for (const { bytes, ...batch } of batches) {
      const memory = { buffer: Uint8Array.from(atob(bytes), c => c.charCodeAt(0)).buffer }
      await backend.hash({ ...batch, memory })
      let text = ''
      for (const byte of new Uint8Array(memory.buffer)) text += String.fromCharCode(byte)
      memories.push(btoa(text))
    }
    backend.close()
    return { name: backend.name, software: adapter?.software, memories }
  }`

interface Answer {
  name: string
  software?: boolean
  memories: string[]
}

/** Hashes all cases on the page or in a worker of it, and brings the digests back into them. */
async function hashIn(page: Page, where: 'page' | 'worker', choice: string): Promise<Answer> {
  const all = cases()
  all.forEach(clearDigests)
  const batches = all.map(({ batch: { memory, ...rest } }) => {
    return { ...rest, bytes: Buffer.from(memory.buffer as ArrayBuffer).toString('base64') }
  })
  const call = `(${hashing})(${JSON.stringify(choice)}, ${JSON.stringify(batches)})`
  const inWorker = `new Promise((resolve, reject) => {
    const code = ${JSON.stringify(`${call}.then(postMessage, error => postMessage({ error: String(error) }))`)}
    const url = URL.createObjectURL(new Blob([code.replace("import('/", "import('" + location.origin + '/')], { type: 'text/javascript' }))
    const worker = new Worker(url, { type: 'module' })
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data))
    worker.onerror = ({ message }) => reject(new Error(message))
  })`
  const answer = await page.evaluate<Answer>(where === 'page' ? call : inWorker)
  for (const [i, made] of all.entries()) {
    new Uint8Array(made.batch.memory.buffer).set(Buffer.from(answer.memories[i]!, 'base64'))
    expectDigests(made)
  }
  return answer
}

describe('in Chromium', () => {
  if (program === undefined) {
    it('needs Chromium', context =>
      context.skip('no Chromium (npm run setup:system installs it; WEFT_CHROMIUM names another)'))
    return
  }
  setUp('dist')

  it('hashes on the page and in a worker, on the GPU and in WASM', () =>
    withPage(program, async page => {
      for (const where of ['page', 'worker'] as const) {
        expect(await hashIn(page, where, 'webgpu')).toMatchObject({ name: 'webgpu' })
        expect(await hashIn(page, where, 'wasm')).toMatchObject({ name: 'wasm' })
      }
    }))

  it('says that a software adapter is one, and does not choose it', () =>
    withPage(program, async page => {
      const answer = await hashIn(page, 'page', 'auto')
      if (answer.software === true) expect(answer.name).toBe('wasm')
      else expect(answer.name).toBe('auto')
    }))
})
