// The entry of a thread: an instance of the core over the shared memory of the pool, which takes part in a block when it is told
// to. Signers of transactions, and precompiled contracts that its runs need, are computed here, with crypto libraries of its own.

import { hostPort } from '#port'
import * as abi from '../abi.ts'
import { Reader, readRequest, type ThreadExports, Writer } from '../abi.ts'
import { instantiateKeccak } from '../core/apart.ts'
import { sharedClock, type ToThread } from '../core/thread.ts'
import { Crypto } from '../crypto/crypto.ts'
import { missingGroups, putAnswers } from './answer.ts'

const port = hostPort()
let crypto = new Crypto()
let core: ThreadExports | undefined
let memory: WebAssembly.Memory | undefined
let busy: Promise<void> = Promise.resolve()

async function take(message: ToThread): Promise<void> {
  if (message.kind === 'start') {
    const { module } = message
    memory = message.memory
    crypto = new Crypto({ keccak: () => instantiateKeccak(module) })
    const instance = await WebAssembly.instantiate(module, { env: { memory, now: sharedClock() } })
    core = instance.exports as unknown as ThreadExports
    port?.post({ kind: 'ready' })
    return
  }
  if (!core || !memory) throw new Error('the thread was told to work before it was started')
  for (;;) {
    const state = core.weft_thread_join(message.control)
    if (state === abi.OUT_OF_MEMORY) return // the main instance finds out, and gives all of this up
    if (state === abi.RUN_DONE) {
      if (core.weft_thread_linger()) continue
      return
    }
    if (state !== abi.RUN_REQUEST) throw new Error(`weft_thread_join expected status 0 or 1, got ${state}`)
    const pending = answer(core, memory)
    if (pending) await pending
  }
}

/** Computes what the thread asks for; a promise only when a library has to be loaded first. */
function answer(exports: ThreadExports, shared: WebAssembly.Memory): Promise<void> | undefined {
  const items = readRequest(new Reader(shared), exports.weft_thread_request() >>> 0)
  const supply = (): void => {
    const writer = new Writer(items.length * 128)
    putAnswers(writer, items, crypto)
    const pointer = exports.weft_thread_room(writer.length) >>> 0
    if (pointer === 0) throw new Error('the core ran out of memory')
    new Uint8Array(shared.buffer).set(writer.bytes, pointer)
    const status = exports.weft_thread_supply(pointer, writer.length)
    if (status !== abi.RUN_DONE) throw new Error(`weft_thread_supply expected status 0, got ${status}`)
  }
  const missing = missingGroups(items, crypto)
  if (missing.length === 0) return void supply()
  return Promise.all(missing.map(group => crypto.load(group))).then(supply)
}

port?.listen(message => {
  busy = busy
    .then(() => take(message))
    .catch(error => port.post({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }))
})
