// A thread of the simulation: an instance of the SIM build over the shared memory. It never returns to its event loop; between two
// blocks it waits for its turn, and what it needs beyond words it takes from its port by itself.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { KnownSigners } from '../../../bench/cases/signers.ts'
import * as abi from '../../../src/abi.ts'
import { Reader, readRequest, type ThreadExports, Writer } from '../../../src/abi.ts'
import { putAnswers } from '../../../src/pool/answer.ts'
import { EndlessError, TASK_LOAD, TASK_STOP, Turns } from './turns.ts'

/** What a thread is started with. */
export interface ThreadData {
  me: number
  threads: number
  words: Int32Array<SharedArrayBuffer>
}

/** What it finds in its port when it is to load. */
export interface Load {
  module: WebAssembly.Module
  memory: WebAssembly.Memory
}

const { me, threads, words } = workerData as ThreadData
const turns = new Turns(threads, words)
const crypto = new KnownSigners()
let core: ThreadExports | undefined
let memory: WebAssembly.Memory | undefined

function load(): void {
  const { message } = receiveMessageOnPort(parentPort!) as { message: Load }
  memory = message.memory
  const step = (kind: number, pointer: number): void => turns.step(me, kind, pointer)
  const now = (): number => turns.steps
  core = new WebAssembly.Instance(message.module, { env: { memory, step, now } }).exports as unknown as ThreadExports
}

/** As src/pool/worker.ts, but for libraries that are still to be loaded. */
function join(control: number): void {
  for (;;) {
    const state = core!.weft_thread_join(control)
    if (state === abi.RUN_DONE) return
    if (state !== abi.RUN_REQUEST) throw new Error(`weft_thread_join expected status 0 or 1, got ${state}`)
    const writer = new Writer()
    putAnswers(writer, readRequest(new Reader(memory!), core!.weft_thread_request() >>> 0), crypto)
    const pointer = core!.weft_thread_room(writer.length) >>> 0
    new Uint8Array(memory!.buffer).set(writer.bytes, pointer)
    const status = core!.weft_thread_supply(pointer, writer.length)
    if (status !== abi.RUN_DONE) throw new Error(`weft_thread_supply expected status 0, got ${status}`)
  }
}

await crypto.load('secp256k1')
parentPort!.postMessage('ready')
for (;;) {
  turns.await(me)
  const next = turns.task(me)
  if (next?.task === TASK_STOP) break
  if (next?.task === TASK_LOAD) load()
  else {
    try {
      for (let each = next; each; each = turns.task(me)) join(each.control)
    } catch (error) {
      if (!(error instanceof EndlessError))
        parentPort!.postMessage(String(error instanceof Error ? error.stack : error))
      turns.breakOff()
    }
  }
  turns.leave(me)
}
