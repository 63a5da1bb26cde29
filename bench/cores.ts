// How much two threads of this machine do at once, against one: the most that two workers can gain. Cores that share a processor's
// units, or a host that has others to serve, give less than two. Measured with a loop that touches no memory.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { quantile } from './statistics.ts'

const LOOPS = 40_000_000
const ROUNDS = 9

/** Runs when it is told to, and tells how long it took. */
const SOURCE = `
const { parentPort } = require('node:worker_threads')
parentPort.on('message', loops => {
  const started = performance.now()
  let x = 1
  for (let i = 0; i < loops; i++) x = (Math.imul(x, 1103515245) + 12345) | 0
  parentPort.postMessage({ ms: performance.now() - started, x })
})`

/** Work of two threads in the time of one, in the median of several rounds: 2 where they do not hinder each other. */
export async function measureCores(): Promise<number> {
  const workers = [new Worker(SOURCE, { eval: true }), new Worker(SOURCE, { eval: true })]
  const run = async (worker: Worker): Promise<number> => {
    worker.postMessage(LOOPS)
    const [{ ms }] = await once(worker, 'message')
    return ms
  }
  const gains: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const alone = await run(workers[0]!)
    const together = await Promise.all(workers.map(run))
    if (round > 0) gains.push((2 * alone) / Math.max(...together))
  }
  await Promise.all(workers.map(worker => worker.terminate()))
  return quantile(gains, 0.5)
}
