// What a run is going to need of a state that is far away. A run on guesses shows where it guesses, and the messages that are open then are
// bound, by the templates of their codes, to the state as far as it is at hand: the binder follows both sides of a condition that hangs on
// what is not, and does not stop where the run did. A hint like all predictions: what is foreseen wrongly costs a question, and what is not
// foreseen a round. Run on mainnet blocks, test/rpc/mainnet.test.ts.

import { WHAT_SLOT } from '../../assembly/parallel/program.ts'
import { BoundedCache } from '../state/cache.ts'
import { type Expected, GuessingSource } from '../state/guess.ts'
import { contractKeys } from '../state/named.ts'
import { nameOf } from '../state/rpc-question.ts'
import type { Tracer } from '../trace/tracer.ts'
import {
  type Account,
  type Address,
  type BlockEnv,
  EMPTY_CODE_HASH,
  type Foreseen,
  type Hex,
  type Source,
  type StateKey,
} from '../types.ts'
import { BOUNDS } from './abstract.ts'
import { Alternatives } from './alternatives.ts'
import { Analyst } from './analyst.ts'
import { constantSlots } from './bytecode.ts'
import { type Frame, FrameTracer } from './frames.ts'
import { type BoundState, bind, environmentWords } from './reference.ts'

/** Milliseconds that one round may take, beside the analysis that is under way then. */
const ROUND_MS = 600
/** Milliseconds of one analysis: what it has found by then is used. */
const ANALYSIS_MS = 40
/** Bytes of template programs that are kept. */
const PROGRAM_BYTES = 32 * 2 ** 20
/** Keys that are taken over from a run on plenty: a loop over what was guessed has no end. */
const MAX_GUESSED = 1000
/** Runs of one round at most; milliseconds after which none begins, and after which they are over. */
const MAX_TRIALS = 4
const NEXT_TRIAL_MS = 1000
const TRIALS_MS = 3000
/** Messages that are told of. */
const MAX_MESSAGES = 64
/** Precompiled contracts lie below. */
const FIRST_ADDRESS = 0x200n

/** Foresees; keeps templates from one call to the next. */
export class Foresight {
  readonly #programs = new BoundedCache<Uint32Array>(PROGRAM_BYTES)
  readonly #analyst = new Analyst({ ...BOUNDS, ms: ANALYSIS_MS })

  /**
   * Keys that a run is going to need, as far as they are not at hand, and the messages that need them. `trial` makes that run on a source that
   * guesses, with a tracer; what it comes to is dropped. The source can tell what it has.
   */
  async expected(
    source: Source,
    env: BlockEnv,
    trial: (source: Source, tracer: Tracer) => Promise<unknown>,
  ): Promise<Expected> {
    if (source.speculative === false) return { keys: [], messages: [] }
    const { guessed, frames } = await lookAhead(source, trial)
    const state = new StateAtHand(source)
    const words = environmentWords(env, 0n)
    const until = performance.now() + ROUND_MS
    for (const frame of frames) {
      if (performance.now() > until) break
      this.#foresee(frame, state, words)
    }
    return { keys: [...guessed, ...state.missing.values()], messages: openMessages(frames) }
  }

  #foresee(frame: Frame, state: StateAtHand, env: ReadonlyMap<number, bigint>): void {
    const { code, self, sender, origin, value, input: data } = frame
    const [at, to] = [BigInt(code), BigInt(self)]
    const bytes = state.code(at)
    if (bytes === null && data.length >= 4) state.contract(self)
    if (!bytes) return
    for (const key of constantSlots(bytes)) state.slot(to, key)
    const message = { sender: BigInt(sender), origin: BigInt(origin), to, code: at, value, data, env }
    for (const { address, what, key } of bind(message, state, (code, selector) =>
      this.#program(code, selector, state),
    )) {
      if (what === WHAT_SLOT) state.slot(address, key)
      else state.account(address)
    }
  }

  #program(code: Uint8Array, selector: number, state: StateAtHand): Uint32Array {
    const codeHash = state.hashOf(code)
    const name = `${codeHash}:${selector}`
    const known = this.#programs.get(name)
    if (known) return known
    const { program } = this.#analyst.analyse({ codeHash, selector, code })
    this.#programs.set(name, program, program.byteLength)
    return program
  }
}

/** What runs on guesses ask for that is not at hand, and the messages that were open then. */
async function lookAhead(
  source: Source,
  trial: (source: Source, tracer: Tracer) => Promise<unknown>,
): Promise<{ guessed: StateKey[]; frames: Frame[] }> {
  const alternatives = new Alternatives()
  const guessed = new Map<string, StateKey>()
  const since = performance.now()
  const tracer = new FrameTracer({
    has: key => source.has!(key),
    failed: keys => alternatives.reject(keys),
    isLate: () => performance.now() - since > TRIALS_MS,
  })
  for (let i = 0; i < MAX_TRIALS && performance.now() - since < NEXT_TRIAL_MS; i++) {
    const guessing = new GuessingSource(source, alternatives.guess)
    await trial(guessing, tracer).catch(() => {})
    for (const key of guessing.guesses.slice(0, MAX_GUESSED)) guessed.set(nameOf(key), key)
    if (!alternatives.again()) break
  }
  return { guessed: [...guessed.values()], frames: [...tracer.frames] }
}

/** Messages that calls make, as somebody could be asked about them: not those of transactions, and none that runs another's code. */
function openMessages(frames: readonly Frame[]): Foreseen[] {
  const inner = frames.filter(({ depth, code, self }) => depth > 0 && code === self)
  return inner.slice(0, MAX_MESSAGES).map(({ sender, self, value, input }) => {
    return { from: sender, to: self, input, ...(value > 0n && { value }) }
  })
}

/** What a source has at hand, as the binder asks for it; notes what it has not. */
class StateAtHand implements BoundState {
  readonly missing = new Map<string, StateKey>()
  readonly #source: Source
  readonly #hashes = new Map<Uint8Array, Hex>()

  /** `source` can tell what it has. */
  constructor(source: Source) {
    this.#source = source
  }

  /** The hash of a code that was told. */
  hashOf(code: Uint8Array): Hex {
    return this.#hashes.get(code)!
  }

  /** undefined: not at hand. */
  account(address: bigint): Account | null | undefined {
    const key: StateKey = { kind: 'account', address: addressOf(address) }
    if (this.#source.has!(key)) return this.#source.account(key.address) as Account | null
    if (address >= FIRST_ADDRESS) this.missing.set(nameOf(key), key)
    return undefined
  }

  code(address: bigint): Uint8Array | undefined | null {
    const account = this.account(address)
    if (account === undefined) return null
    if (account === null || account.codeHash === EMPTY_CODE_HASH) return undefined
    if (!this.#source.has!({ kind: 'code', codeHash: account.codeHash })) return null
    const code = this.#source.code(account.codeHash) as Uint8Array
    this.#hashes.set(code, account.codeHash)
    return code
  }

  codeHash(address: bigint): bigint | null {
    const account = this.account(address)
    return account === undefined ? null : BigInt(account?.codeHash ?? 0)
  }

  balance(address: bigint): bigint | null {
    const account = this.account(address)
    return account === undefined ? null : (account?.balance ?? 0n)
  }

  /** Asks for what most contracts have. */
  contract(address: Address): void {
    for (const key of contractKeys(address)) if (!this.#source.has!(key)) this.missing.set(nameOf(key), key)
  }

  slot(address: bigint, key: bigint): bigint | null {
    const wanted: StateKey = { kind: 'storage', address: addressOf(address), key }
    if (this.#source.has!(wanted)) return this.#source.storage(wanted.address, key) as bigint
    this.missing.set(nameOf(wanted), wanted)
    return null
  }
}

function addressOf(address: bigint): Address {
  return `0x${address.toString(16).padStart(40, '0')}`
}
