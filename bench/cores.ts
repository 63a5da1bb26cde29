// How much two threads of this machine do at once, against one: the most that two workers can gain. Cores that are halves of one core, or
// a host that has others to serve, give less than two, and not all the time. Measured with a loop that touches no memory and whose
// additions do not wait for each other: one chain of them leaves a core's units free for the other half, and shows nothing.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { quantile } from './statistics.ts'

/** Three to six milliseconds. */
const LOOPS = 1_500_000
const WARM_UP = 40
const ROUNDS = 200

/** Runs when it is told to, and tells how long it took. */
const SOURCE = `
const { parentPort } = require('node:worker_threads')
function work(loops) {
  let [a, b, c, d, e, f, g, h] = [1, 2, 3, 4, 5, 6, 7, 8]
  for (let i = 0; i < loops; i++) {
    a = (a + i) ^ (a >>> 3)
    b = (b + i) ^ (b << 1)
    c = ((c ^ i) + 7) | 0
    d = (d + a) | 0
    e = (e ^ b) | 0
    f = (f + c) | 0
    g = (g ^ d) | 0
    h = (h + e) | 0
  }
  return a ^ b ^ c ^ d ^ e ^ f ^ g ^ h
}
parentPort.on('message', loops => {
  const started = performance.now()
  const result = work(loops)
  parentPort.postMessage({ ms: performance.now() - started, result })
})`

/** Work of two threads in the time of one. */
export interface CoreGain {
  /** 2 where they do not hinder each other. */
  median: number
  /** A tenth of the time it is no more. */
  tenth: number
}

/** Measures it for some three seconds: each thread alone, then both, over and over. */
export async function measureCores(): Promise<CoreGain> {
  const workers = [new Worker(SOURCE, { eval: true }), new Worker(SOURCE, { eval: true })] as const
  const run = async (worker: Worker): Promise<number> => {
    worker.postMessage(LOOPS)
    const [{ ms }] = await once(worker, 'message')
    return ms
  }
  const gains: number[] = []
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const alone = (await run(workers[0])) + (await run(workers[1]))
    const together = await Promise.all(workers.map(run))
    if (round >= 0) gains.push(alone / Math.max(...together))
  }
  await Promise.all(workers.map(worker => worker.terminate()))
  return { median: quantile(gains, 0.5), tenth: quantile(gains, 0.1) }
}
