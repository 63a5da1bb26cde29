// Runs on guesses, for sources that answer slowly. Where a run misses something it would wait for the source, once for each miss that
// depends on the one before. Instead it goes on with a guess, nothing and zero, and what it guessed is asked for all at once; then it
// runs again. A run that guessed nothing has seen the source's own answers only, so it is the result. The first guess of each run
// stands where the true run comes by, so every round knows more, and a wrong guess costs time and nothing else.

import { keccak_256 } from '@noble/hashes/sha3.js'
import { unlessAborted } from '../core/abort.ts'
import { MissingStateError, SourceError, type StateKey } from '../errors.ts'
import { hexBytes, hexOf } from '../input/hex.ts'
import type { Account, Address, Foreseen, Hex, MaybePromise, Source, SourceEntry, StateDiff } from '../types.ts'

/** Runs on guesses at most: after them each miss is waited for. More than any of 54 mainnet blocks takes that is not predicted at all. */
const MAX_GUESSES = 64

/** A source that answers slowly, and can say what it has. */
export type FarSource = Source & Required<Pick<Source, 'has' | 'prefetch'>>

/** Is it such a source? Then runs are made on guesses first. */
export function isFar(source: Source): source is FarSource {
  return source.has !== undefined && source.prefetch !== undefined && source.entries === undefined
}

/** What stands for an answer that is not at hand. */
export interface Guess {
  account: Account | null
  /** Of the account. */
  code: Uint8Array
  slot: bigint
}

/** There is nothing: what most slots and accounts hold. The only guess that a result may rest on, once nothing was guessed any more. */
const NOTHING: Guess = { account: null, code: new Uint8Array(), slot: 0n }

/** Returns eight words, all the same: PUSH32 word, then DUP1 PUSH1 32i MSTORE, then RETURN. */
function codeSaying(word: bigint): Uint8Array {
  const digits = word.toString(16).padStart(64, '0')
  return Uint8Array.from([
    ...[0x7f, ...hexBytes(`0x${digits}`)!],
    ...Array.from({ length: 8 }, (_, i) => [0x80, 0x60, 32 * i, 0x52]).flat(),
    ...[0x61, 1, 0, 0x60, 0, 0xf3],
  ])
}

/** A guess for looking ahead: accounts that are rich, with a contract that says `word` to whatever it is asked, or none; slots of that value. */
export function guessOf(word: bigint | undefined, slot: bigint): Guess {
  if (word === undefined) return { ...NOTHING, slot }
  const code = codeSaying(word)
  return { account: { nonce: 1n, balance: 10n ** 24n, codeHash: hexOf(keccak_256(code)) }, code, slot }
}

/** What a run is going to need, and messages of it that are not known to their ends. */
export interface Expected {
  keys: readonly StateKey[]
  messages: readonly Foreseen[]
}

/** How a run is settled. */
export interface Settling {
  source: Source
  /** What is about to run, where that is known: a hint for the source. */
  messages?: readonly Foreseen[]
  /** Tells what a run is going to need besides what it guessed; asked when it has guessed something. */
  expected?: (source: Source) => Promise<Expected>
  /** Somebody watches the run, so that the one without guesses has to be made once more for them. */
  isObserved: boolean
  /** Gives the run up between one round and the next, and while the source is waited for. */
  signal?: AbortSignal | undefined
}

/**
 * What `run` comes to on this source. Where the source can say what it has, `run` is called on guesses first, with `isTrial`: what
 * comes of it may be dropped, so nobody else may see it.
 */
export async function settled<T>(
  { source, messages, expected, isObserved, signal }: Settling,
  run: (source: Source, isTrial: boolean) => Promise<T>,
): Promise<T> {
  if (!isFar(source)) return run(source, false)
  for (let round = 0; round < MAX_GUESSES; round++) {
    const guessing = new GuessingSource(source)
    const trial = await attempt(() => run(guessing, true))
    signal?.throwIfAborted()
    if (guessing.guesses.length === 0) {
      if ('error' in trial) throw trial.error
      return isObserved ? run(source, false) : trial.value
    }
    // A guess may make anything fail, but not the source.
    if ('error' in trial && trial.error instanceof SourceError) throw trial.error
    const more = await expected?.(source)
    // In the first round hardly anything is known, and what is about to run is all that there is to tell.
    const open = round === 0 ? messages : more?.messages
    const fetched = source.prefetch([...guessing.guesses, ...(more?.keys ?? [])], open)
    if (fetched) await unlessAborted(fetched, signal)
  }
  return run(source, false)
}

async function attempt<T>(run: () => Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await run() }
  } catch (error) {
    return { error }
  }
}

/** Answers at once: what the source has, and a guess where it would have to ask. */
export class GuessingSource implements Source {
  /** What was guessed. */
  readonly guesses: StateKey[] = []
  readonly #source: Source
  readonly #guess: (key: StateKey) => Guess
  /** Codes of accounts that were guessed. */
  readonly #codes = new Map<Hex, Uint8Array>()
  /** Present where the source has it. */
  readonly stateRoot?: (diff: StateDiff) => MaybePromise<Hex>

  /** `source` can tell what it has. */
  constructor(source: Source, guess: (key: StateKey) => Guess = () => NOTHING) {
    this.#source = source
    this.#guess = guess
    if (source.stateRoot) this.stateRoot = diff => source.stateRoot!(diff)
  }

  account(address: Address): MaybePromise<Account | null> {
    const key: StateKey = { kind: 'account', address }
    if (this.#known(key)) return this.#source.account(address)
    const { account, code } = this.#guess(key)
    if (account) this.#codes.set(account.codeHash, code)
    return account
  }

  storage(address: Address, slot: bigint): MaybePromise<bigint> {
    const key: StateKey = { kind: 'storage', address, key: slot }
    return this.#known(key) ? this.#source.storage(address, slot) : this.#guess(key).slot
  }

  blockHash(number: bigint): MaybePromise<Hex> {
    return this.#known({ kind: 'blockHash', number }) ? this.#source.blockHash(number) : `0x${'0'.repeat(64)}`
  }

  /** Codes are not guessed: the one that is asked for is of an account that the source has told, or of one that was guessed. */
  code(codeHash: Hex): MaybePromise<Uint8Array> {
    return this.#codes.get(codeHash) ?? this.#source.code(codeHash)
  }

  #known(key: StateKey): boolean {
    if (this.#source.has!(key)) return true
    this.guesses.push(key)
    return false
  }
}

/** Answers at once or not at all: what is a promise is a MissingStateError. */
export class SynchronousSource implements Source {
  readonly complete: boolean
  readonly #source: Source
  /** Present where the source can list its state. */
  readonly entries?: () => Iterable<SourceEntry>

  constructor(source: Source) {
    this.#source = source
    this.complete = source.complete ?? false
    if (source.entries) this.entries = () => source.entries!()
  }

  account(address: Address): Account | null {
    return this.#now({ kind: 'account', address }, () => this.#source.account(address))
  }

  storage(address: Address, key: bigint): bigint {
    return this.#now({ kind: 'storage', address, key }, () => this.#source.storage(address, key))
  }

  code(codeHash: Hex): Uint8Array {
    return this.#now({ kind: 'code', codeHash }, () => this.#source.code(codeHash))
  }

  blockHash(number: bigint): Hex {
    return this.#now({ kind: 'blockHash', number }, () => this.#source.blockHash(number))
  }

  #now<T>(key: StateKey, ask: () => MaybePromise<T>): T {
    // A source that can tell what it has is not even asked, since asking would send for it.
    if (this.#source.has?.(key) !== false) {
      const answer = ask()
      if (!(answer instanceof Promise)) return answer
      answer.catch(() => {})
    }
    throw new MissingStateError([key], { details: 'A synchronous call takes only what the source has at hand.' })
  }
}
