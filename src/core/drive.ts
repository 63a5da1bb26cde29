// run → request → supply, until a run is done. Answers that are at hand are given at once; only a promise from the source, or a
// library that has to be loaded first, makes the drive wait.

import {
  putAccount,
  putBlockHash,
  putCode,
  putPrecompile,
  putSigner,
  putSlot,
  type RequestItem,
  Writer,
} from '../abi.ts'
import type { Crypto, CryptoGroup } from '../crypto/crypto.ts'
import { InternalError, SourceError, type StateKey, WeftError } from '../errors.ts'
import type { Hex, MaybePromise, Source } from '../types.ts'
import { unlessAborted } from './abort.ts'
import type { Core } from './core.ts'
import { type CustomAnswer, putAnswer } from './custom-call.ts'
import type { Precompiles } from './precompiles.ts'

/** Who answers the core's questions. */
export interface Answers {
  source: Source
  crypto: Pick<Crypto, 'needs' | 'isLoaded' | 'load' | 'precompile' | 'recover'>
  /** Contracts of the host's own, where the core has been told of any. */
  precompiles?: Precompiles | undefined
  /** Nothing may be waited for. */
  isSync?: boolean
}

/** Hooks for the time between two steps. */
export interface DriveHooks {
  /** The core came up for air. */
  onYield?: () => void
  /** What has been traced so far (TRACE_*): a view of the core's memory, valid during the call. */
  onTrace?: (records: Uint8Array<ArrayBuffer>) => void
  /** Makes the digests that the core waits for; needed with OPTION_HASH. */
  onHash?: () => void | Promise<void>
  /** The block's transactions are about to run in parallel: other threads are to be called. */
  onParallel?: () => void
  /** Between two steps: lets the event loop turn where there is a promise; its rejection ends the drive. */
  wait?: () => Promise<void> | undefined
  /** Gives up waiting for the source, or for a contract of the host's own. What they answer later reaches no core. */
  signal?: AbortSignal | undefined
}

/** Runs what has been begun to its end. A promise only if something had to be waited for. */
export function drive(core: Core, answers: Answers, hooks: DriveHooks = {}): MaybePromise<void> {
  for (;;) {
    const state = core.run()
    if (state === 'done' || state === 'trace') hooks.onTrace?.(core.trace())
    if (state === 'done') return
    if (state === 'trace') continue
    if (state === 'parallel') {
      hooks.onParallel?.()
      continue
    }
    if (state === 'yield') {
      hooks.onYield?.()
      const waiting = hooks.wait?.()
      if (waiting) return waiting.then(() => drive(core, answers, hooks))
      continue
    }
    const pending = state === 'hash' ? hashed(hooks) : answer(core, answers, hooks)
    if (pending) return pending.then(() => drive(core, answers, hooks))
  }
}

/** The state root, which the state in the core has to be whole for. A promise only if something had to be waited for. */
export function driveStateRoot(core: Core, hooks: DriveHooks): MaybePromise<Hex> {
  for (;;) {
    const root = core.nextStateRoot()
    if (root !== undefined) return root
    const pending = hashed(hooks)
    if (pending) return pending.then(() => driveStateRoot(core, hooks))
  }
}

function hashed({ onHash }: DriveHooks): void | Promise<void> {
  if (!onHash) throw new InternalError('the core asked for digests that it was not told to ask for')
  return onHash()
}

type Put = (writer: Writer) => void

function answer(core: Core, answers: Answers, hooks: DriveHooks): void | Promise<void> {
  const items = core.request()
  // Such a call is asked alone.
  if (items[0]?.kind === 'custom') return answerCustom(core, answers, items[0].at, hooks)
  const stateKeys = items.filter(isStateKey)
  const prefetched = stateKeys.length > 1 ? answers.source.prefetch?.(stateKeys) : undefined
  if (prefetched) return unlessAborted(prefetched, hooks.signal).then(() => answerItems(core, answers, items, hooks))
  return answerItems(core, answers, items, hooks)
}

function answerItems(core: Core, answers: Answers, items: RequestItem[], hooks: DriveHooks): void | Promise<void> {
  const puts = items.map(item => answerItem(answers, item))
  const give = (ready: Put[]): void | Promise<void> => {
    const writer = new Writer(ready.length * 128)
    for (const put of ready) put(writer)
    return supply(core, writer, hooks)
  }
  if (puts.some(put => put instanceof Promise)) return unlessAborted(Promise.all(puts), hooks.signal).then(give)
  return give(puts as Put[])
}

function supply(core: Core, writer: Writer, hooks: DriveHooks): void | Promise<void> {
  while (core.supply(writer) === 'hash') {
    const pending = hashed(hooks)
    if (pending) return pending.then(() => supply(core, writer, hooks))
  }
}

/** Without an answer the core goes on with asking for the state that the contract lacks. */
function answerCustom(core: Core, answers: Answers, at: number, { signal }: DriveHooks): void | Promise<void> {
  if (!answers.precompiles) throw new InternalError('the core asked for a contract that it was not told of')
  const give = (answer: CustomAnswer | undefined): void => {
    if (!answer) return
    const writer = new Writer()
    putAnswer(writer, answer)
    core.supply(writer)
  }
  const answer = answers.precompiles.answer(core, core.customCall(at), { isSync: answers.isSync, signal })
  return answer instanceof Promise ? answer.then(give) : give(answer)
}

type StateItem = Extract<RequestItem, StateKey>

function isStateKey(item: RequestItem): item is StateItem {
  return item.kind !== 'precompile' && item.kind !== 'recover' && item.kind !== 'custom'
}

function answerItem({ source, crypto }: Answers, item: RequestItem): MaybePromise<Put> {
  switch (item.kind) {
    case 'account':
      return ask(
        item,
        () => source.account(item.address),
        value => w => putAccount(w, item.address, value),
      )
    case 'storage':
      return ask(
        item,
        () => source.storage(item.address, item.key),
        value => w => putSlot(w, item.address, item.key, value),
      )
    case 'code': {
      const question = (): MaybePromise<Put> =>
        ask(
          item,
          () => source.code(item.codeHash),
          value => w => putCode(w, item.codeHash, value),
        )
      return item.optional ? orNothing(question) : question()
    }
    case 'blockHash':
      return ask(
        item,
        () => source.blockHash(item.number),
        value => w => putBlockHash(w, item.number, value),
      )
    case 'precompile': {
      const put = (): Put => w => putPrecompile(w, crypto.precompile(item.address, item.input))
      return loaded(crypto, crypto.needs(item.address), put)
    }
    case 'custom':
      throw new InternalError('the core asked for a contract beside other things')
    default: {
      const put = (): Put => w => putSigner(w, item.index, crypto.recover(item.hash, item.r, item.s, item.parity))
      return loaded(crypto, 'secp256k1', put)
    }
  }
}

/** The put, after the library it needs has been loaded. */
function loaded(crypto: Answers['crypto'], group: CryptoGroup | undefined, put: () => Put): MaybePromise<Put> {
  return group === undefined || crypto.isLoaded(group) ? put() : crypto.load(group).then(put)
}

/** Asks the source; what it throws that is no error of Weft becomes a SourceError that names the key. */
function ask<T>(key: StateKey, question: () => MaybePromise<T>, put: (value: T) => Put): MaybePromise<Put> {
  try {
    const value = question()
    return value instanceof Promise ? value.then(put, cause => refuse(key, cause)) : put(value)
  } catch (cause) {
    return refuse(key, cause)
  }
}

/** Nothing is put where the answer fails: it may not be needed. */
function orNothing(question: () => MaybePromise<Put>): MaybePromise<Put> {
  const nothing: Put = () => {}
  try {
    const put = question()
    return put instanceof Promise ? put.catch(() => nothing) : put
  } catch {
    return nothing
  }
}

function refuse(key: StateKey, cause: unknown): never {
  if (cause instanceof WeftError) throw cause
  throw new SourceError(`the source failed on ${key.kind}`, { cause })
}
