// Devices that come and go: the process ends by itself whatever was left open, nothing piles up, threads have devices of their own,
// and without a driver the error says so.
import { expect, it } from 'vitest'
import { describeOnGpu, isFull } from './adapter.ts'
import { runProgram } from './program.ts'

it('without a driver auto is WASM, and webgpu is an error', () => {
  const nothing = { VK_DRIVER_FILES: '/nonexistent.json', VK_ICD_FILENAMES: '/nonexistent.json' }
  const { status, stdout } = runProgram(
    `
    const { backend, reason } = await createHasher()
    await backend.hash(keys(10))
    const error = await createHasher({ hash: 'webgpu' }).catch(error => error)
    console.log(JSON.stringify([backend.name, reason, error.name, error.code, error.message]))`,
    nothing,
  )
  expect(status).toBe(0)
  // A machine with a real GPU and a driver of another kind (Metal, Direct3D) finds it all the same.
  if (process.platform !== 'linux') return
  const reason = 'WebGPU found no adapter: there is no GPU, or no driver for it'
  expect(JSON.parse(stdout)).toEqual(['wasm', reason, 'GpuError', 'GPU_ABSENT', reason])
})

describeOnGpu('a device', () => {
  it.each([
    ['closed', 'backend.close()'],
    ['left open', ''],
    ['left open in the middle of a batch', 'backend.hash(keys(10_000))'],
    ['destroyed', 'backend.device.destroy()'],
  ])('that is %s lets the process end', (_, end) => {
    const { status, signal, stdout } = runProgram(`
      const backend = await WebGpuHasher.create()
      await backend.hash(keys(100))
      console.log('done')
      ${end}`)
    expect([status, signal, stdout]).toEqual([0, null, 'done\n'])
  })

  it('survives that everything of it is collected but itself', () => {
    const { status, signal, stdout } = runProgram(
      `
      const backend = await WebGpuHasher.create()
      for (let i = 0; i < 20; i++) {
        globalThis.gc()
        await new Promise(resolve => setTimeout(resolve, 5))
        await backend.hash(keys(2000))
      }
      console.log('done')`,
      {},
      ['--expose-gc'],
    )
    expect([status, signal, stdout]).toEqual([0, null, 'done\n'])
  })

  // A tenth of the time on an idle machine. 1,000 times with `npm run test:spec -- test/gpu`.
  const cycles = isFull ? 1000 : 50
  it(`can be opened and closed ${cycles} times`, { timeout: 900_000 }, () => {
    const { status, stdout } = runProgram(
      `
      const cycle = async () => {
        const backend = await WebGpuHasher.create()
        await backend.hash(keys(1000))
        backend.close()
      }
      const settle = async () => {
        await new Promise(resolve => setTimeout(resolve, 50))
        globalThis.gc()
        return process.memoryUsage().rss / 2 ** 20
      }
      for (let i = 0; i < 15; i++) await cycle()
      const before = await settle()
      for (let i = 15; i < ${cycles}; i++) await cycle()
      console.log(await settle() - before)`,
      {},
      ['--expose-gc'],
    )
    expect(status).toBe(0)
    if (isFull) console.log(`${cycles} devices: ${Number(stdout).toFixed(1)} MiB more resident than after the first 15`)
    // A device that stayed would keep its buffers and kernels, 5 MiB and more each. Of 985 lavapipe leaves 50 MiB behind.
    expect(Number(stdout)).toBeLessThan(isFull ? 120 : 60)
  })

  it('works in several threads at a time', () => {
    const { status, stdout } = runProgram(`
      import { Worker } from 'node:worker_threads'
      const hasher = new URL('./dist/src/gpu/webgpu.js', 'file://' + process.cwd() + '/').href
      const code = \`
        const { WebGpuHasher } = await import(\${JSON.stringify(hasher)})
        const { parentPort } = await import('node:worker_threads')
        const backend = await WebGpuHasher.create()
        const memory = { buffer: new ArrayBuffer(64) }
        await backend.hash({ kind: 'keys', memory, input: 0, size: 32, count: 1, output: 32 })
        parentPort.postMessage(Buffer.from(memory.buffer, 32).toString('hex'))
        backend.close()\`
      const url = new URL('data:text/javascript,' + encodeURIComponent(code))
      const start = () => new Promise((resolve, reject) => {
        const worker = new Worker(url)
        let digest
        worker.on('message', message => { digest = message })
        worker.on('error', reject)
        worker.on('exit', code => resolve([code, digest]))
      })
      console.log(JSON.stringify(await Promise.all([start(), start(), start()])))`)
    const ofZeros = '290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563'
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toEqual(Array(3).fill([0, ofZeros]))
  })
})
