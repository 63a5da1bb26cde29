// An engine that runs the transactions of every block in parallel, whoever begins it: for use-cases that have no such option.

import type { BlockFlags, CoreExports } from '../../src/abi.ts'
import * as abi from '../../src/abi.ts'
import { Core } from '../../src/core/core.ts'
import type { DriveHooks } from '../../src/core/drive.ts'
import { sharedClock } from '../../src/core/thread.ts'
import { Crypto } from '../../src/crypto/crypto.ts'
import { Engine, type Machine } from '../../src/engine.ts'
import { Pool } from '../../src/pool/pool.ts'
import type { Block, Source } from '../../src/types.ts'
import { wasmBytes } from '../setup/weft.ts'
import type { Way } from './engines.ts'

const PAGES = 16384

class ForcedCore extends Core {
  readonly #dispatch: number

  constructor(exports: CoreExports, dispatch: number) {
    super(exports)
    this.#dispatch = dispatch
  }

  override beginBlock(block: Block, flags: BlockFlags): void {
    this.setOption(abi.OPTION_DISPATCH, this.#dispatch)
    super.beginBlock(block, flags)
  }
}

/** See forcedEngine(). */
export class ForcedEngine extends Engine {
  pool: Pool | undefined
  /** Times that threads were called to a block. */
  joined = 0

  override drive(core: Core, source: Source, hooks: DriveHooks = {}): void | Promise<void> {
    const { pool } = this
    if (!pool) throw new Error('a forced engine was driven before it was made')
    const onParallel = (): void => {
      this.joined++
      pool.join(core.threadControl())
    }
    return super.drive(core, source, { ...hooks, onParallel, wait: () => pool.check() })
  }
}

/** Makes the engine; its use-cases find threads and dispatch as given. */
export async function forcedEngine({ threads, dispatch }: Way): Promise<ForcedEngine> {
  const module = await WebAssembly.compile(wasmBytes('threads'))
  const how = dispatch === 'batched' ? abi.DISPATCH_BATCHED : abi.DISPATCH_DATAFLOW
  const make = async (): Promise<Machine> => {
    const memory = new WebAssembly.Memory({ initial: 64, maximum: PAGES, shared: true })
    const instance = await WebAssembly.instantiate(module, { env: { memory, now: sharedClock() } })
    const core = new ForcedCore({ ...(instance.exports as unknown as CoreExports), memory }, how)
    const pool = new Pool(module, memory, threads - 1)
    await pool.ready()
    engine.pool = pool
    return { core, pool }
  }
  const engine = new ForcedEngine(make, new Crypto())
  return engine
}
