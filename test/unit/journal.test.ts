// The view, its journal and commit against a plain model: maps that are copied at every checkpoint. Random commands over four
// accounts (one is 3, RIPEMD-160, whose touch outlives a rollback) and three keys, several transactions in a row.
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { CANCUN, HOMESTEAD, SPURIOUS_DRAGON } from '../../src/abi.ts'
import { type Build, builds, loadKernel } from '../kernel/load.ts'

interface Journal {
  start(fork: number, complete: boolean): number
  begin(): void
  misses(): number
  codeId(number: number): number
  putAccount(number: number, exists: boolean, nonce: bigint, code: number, storageKnown: boolean): void
  putSlot(number: number, key: number): void
  payBelow(number: number): void
  readStored(number: number): number
  readStoredSlot(number: number, key: number): void
  listedSlots(number: number): number
  account(number: number): number
  slot(owner: number, key: number): number
  transientSlot(owner: number, key: number): number
  readAccount(index: number): number
  readSlotEntry(index: number): number
  canPay(index: number): number
  credit(index: number): void
  debit(index: number): void
  setSlot(index: number): void
  isEmpty(index: number): number
  exists(index: number): number
  isVacant(index: number): number
  checkpoint(): number
  commit(): void
  destroy(index: number): number
  markCreated(index: number): void
  rollback(mark: number): void
  setCode(index: number, code: number): void
  setNonce(index: number, nonce: bigint): void
  touch(index: number): void
  warmAccount(index: number): number
  warmSlot(index: number): number
}

// Flags as in assembly/state: store.ts and view.ts.
const EXISTS = 1
const WARM = 16
const TOUCHED = 32
const CREATED = 64
const DESTROYED = 128
const ASKED_FUNDS = 2

const WORD = 1n << 256n
const TOP = WORD - 1n
const RIPEMD = 3
const accounts = [RIPEMD, 0x1001, 0x1002, 0x1003]
const keys = [0, 1, 2]
const forks = [HOMESTEAD, SPURIOUS_DRAGON, CANCUN]

// ---- the model ----------------------------------------------------------------------------------------------------------

interface Stored {
  exists: boolean
  nonce: bigint
  code: number
  balance: bigint
  storage: Map<number, bigint>
}

interface Slot {
  value: bigint
  original: bigint
  warm: boolean
}

interface Entry {
  exists: boolean
  warm: boolean
  touched: boolean
  created: boolean
  destroyed: boolean
  nonce: bigint
  code: number
  balance: bigint
  slots: Map<number, Slot>
  transients: Map<number, bigint>
}

const absent = (): Stored => ({ exists: false, nonce: 0n, code: 0, balance: 0n, storage: new Map() })

const copyEntry = (entry: Entry): Entry => ({
  ...entry,
  slots: new Map([...entry.slots].map(([key, slot]) => [key, { ...slot }])),
  transients: new Map(entry.transients),
})

class Model {
  readonly fork: number
  readonly stored: Map<number, Stored>
  entries: Map<number, Entry> = new Map()
  /** Balances as first seen by the transaction. */
  readonly bases: Map<number, bigint> = new Map()
  #snapshots: Map<number, Entry>[] = []

  constructor(fork: number, stored: Map<number, Stored>) {
    this.fork = fork
    this.stored = stored
  }

  begin(): void {
    this.entries = new Map()
    this.bases.clear()
    this.#snapshots = []
  }

  get depth(): number {
    return this.#snapshots.length
  }

  entry(number: number): Entry {
    let entry = this.entries.get(number)
    if (!entry) {
      const { exists, nonce, code, balance } = this.stored.get(number)!
      entry = {
        exists,
        warm: number === RIPEMD,
        touched: false,
        created: false,
        destroyed: false,
        nonce,
        code,
        balance,
        slots: new Map(),
        transients: new Map(),
      }
      this.entries.set(number, entry)
      this.bases.set(number, balance)
    }
    return entry
  }

  slot(number: number, key: number): Slot {
    const entry = this.entry(number)
    let slot = entry.slots.get(key)
    if (!slot) {
      const value = entry.created ? 0n : (this.stored.get(number)!.storage.get(key) ?? 0n)
      slot = { value, original: value, warm: false }
      entry.slots.set(key, slot)
    }
    return slot
  }

  touch(number: number): Entry {
    const entry = this.entry(number)
    entry.touched = true
    entry.exists = true
    return entry
  }

  isEmpty(number: number): boolean {
    const { nonce, code, balance } = this.entry(number)
    return nonce === 0n && code === 0 && balance === 0n
  }

  isVacant(number: number): boolean {
    const { nonce, code } = this.entry(number)
    return nonce === 0n && code === 0 && [...this.stored.get(number)!.storage.values()].every(value => value === 0n)
  }

  checkpoint(): void {
    this.#snapshots.push(new Map([...this.entries].map(([number, entry]) => [number, copyEntry(entry)])))
  }

  /** Back to the snapshot at `depth`; entries and slots looked up since stay, with the values they had at first. */
  rollback(depth: number): void {
    const snapshot = this.#snapshots[depth]!
    this.#snapshots.length = depth
    for (const [number, entry] of this.entries) {
      const old = snapshot.get(number)
      const fresh = this.#untouched(number)
      const back = old ?? fresh
      for (const [key, slot] of entry.slots) {
        if (!back.slots.has(key)) back.slots.set(key, { value: slot.original, original: slot.original, warm: false })
      }
      if (number === RIPEMD) back.touched ||= entry.touched
      snapshot.set(number, back)
    }
    this.entries = snapshot
  }

  drop(): void {
    this.#snapshots.pop()
  }

  #untouched(number: number): Entry {
    const { exists, nonce, code } = this.stored.get(number)!
    return {
      exists,
      warm: number === RIPEMD,
      touched: false,
      created: false,
      destroyed: false,
      nonce,
      code,
      balance: this.bases.get(number)!,
      slots: new Map(),
      transients: new Map(),
    }
  }

  commit(): void {
    for (const [number, entry] of this.entries) {
      // Somebody may have been paid below meanwhile, and is not empty then.
      const isPaid = this.stored.get(number)!.balance !== this.bases.get(number)!
      const dead = this.fork >= SPURIOUS_DRAGON && entry.touched && this.isEmpty(number) && !isPaid
      if (entry.destroyed || dead) this.stored.set(number, absent())
      else if (entry.exists) this.#keep(number, entry)
    }
  }

  #keep(number: number, entry: Entry): void {
    const stored = this.stored.get(number)!
    if (entry.created) stored.storage.clear()
    for (const [key, { value, original }] of entry.slots) if (value !== original) stored.storage.set(key, value)
    stored.exists = true
    stored.balance = (stored.balance + entry.balance - this.bases.get(number)! + WORD) % WORD
    stored.nonce = entry.nonce
    stored.code = entry.code
  }
}

// ---- the core's side ------------------------------------------------------------------------------------------------------

class Subject {
  readonly journal: Journal & { memory: WebAssembly.Memory }
  #region = 0

  constructor(journal: Journal & { memory: WebAssembly.Memory }) {
    this.journal = journal
  }

  /** Starts with what the model has stored. With `complete` nothing that does not exist is supplied. */
  start(model: Model, complete: boolean): void {
    const { journal } = this
    this.#region = journal.start(model.fork, complete)
    for (const [number, { exists, nonce, code, balance, storage }] of model.stored) {
      if (complete && !exists) continue
      this.put(balance)
      journal.putAccount(number, exists, nonce, journal.codeId(code), complete)
      if (complete) for (const [key, value] of storage) this.putSlot(number, key, value)
    }
  }

  put(value: bigint): void {
    const view = new DataView(this.journal.memory.buffer, this.#region)
    for (let limb = 0; limb < 4; limb++)
      view.setBigUint64(limb * 8, (value >> BigInt(limb * 64)) & (2n ** 64n - 1n), true)
  }

  word(offset: number): bigint {
    const view = new DataView(this.journal.memory.buffer, this.#region + offset)
    let value = 0n
    for (let limb = 3; limb >= 0; limb--) value = (value << 64n) | view.getBigUint64(limb * 8, true)
    return value
  }

  number(offset: number): bigint {
    return new DataView(this.journal.memory.buffer, this.#region).getBigUint64(offset, true)
  }

  putSlot(number: number, key: number, value: bigint): void {
    this.put(value)
    this.journal.putSlot(number, key)
  }

  /** Index of the account's entry. */
  account(number: number): number {
    const found = this.journal.account(number)
    if (!found) throw new Error(`account ${number} is missing`)
    return found - 1
  }

  /** Index of the slot's entry; a miss is answered as a host would. */
  slot(model: Model, number: number, key: number): number {
    const owner = this.account(number)
    let found = this.journal.slot(owner, key)
    if (!found) {
      expect(this.journal.misses()).toBeGreaterThan(0)
      this.putSlot(number, key, model.stored.get(number)!.storage.get(key) ?? 0n)
      found = this.journal.slot(owner, key)
    }
    return found - 1
  }

  /** Everything that can be seen of the entries that the model has. */
  observe(model: Model): unknown[] {
    const seen: unknown[] = []
    for (const [number, { slots, transients }] of model.entries) {
      const index = this.account(number)
      const flags = this.journal.readAccount(index)
      seen.push({
        number,
        exists: (flags & EXISTS) !== 0,
        warm: (flags & WARM) !== 0,
        touched: (flags & TOUCHED) !== 0,
        created: (flags & CREATED) !== 0,
        destroyed: (flags & DESTROYED) !== 0,
        nonce: this.number(0),
        code: Number(this.number(8)),
        balance: this.word(32),
        base: this.word(64),
      })
      for (const key of slots.keys()) {
        const slot = this.journal.readSlotEntry(this.journal.slot(index, key) - 1)
        seen.push({ number, key, warm: (slot & WARM) !== 0, value: this.word(0), original: this.word(32) })
      }
      for (const key of transients.keys()) {
        this.journal.readSlotEntry(this.journal.transientSlot(index, key) - 1)
        seen.push({ number, transient: key, value: this.word(0) })
      }
    }
    return seen
  }

  /** The store, of the model's accounts and of all keys. */
  stored(model: Model): unknown[] {
    return [...model.stored.keys()].map(number => {
      const flags = this.journal.readStored(number)
      const exists = flags > 0 && ((flags - 1) & EXISTS) !== 0
      const account = exists ? [this.number(0), Number(this.number(8)), this.word(32)] : []
      const slots = keys.map(key => {
        this.journal.readStoredSlot(number, key)
        return this.word(0)
      })
      return { number, exists, account, slots }
    })
  }
}

function expectedView(model: Model, codeId: (number: number) => number): unknown[] {
  const seen: unknown[] = []
  for (const [number, { slots, transients, code, ...rest }] of model.entries) {
    seen.push({ number, ...rest, code: codeId(code), base: model.bases.get(number) })
    for (const [key, slot] of slots) seen.push({ number, key, ...slot })
    for (const [key, value] of transients) seen.push({ number, transient: key, value })
  }
  return seen
}

/** The store. A slot that the core was never told (its account is not complete) reads as zero there. */
function expectedStore(model: Model, codeId: (number: number) => number): unknown[] {
  return [...model.stored].map(([number, { exists, nonce, code, balance, storage }]) => ({
    number,
    exists,
    account: exists ? [nonce, codeId(code), balance] : [],
    slots: keys.map(key => storage.get(key) ?? 0n),
  }))
}

// ---- commands -------------------------------------------------------------------------------------------------------------

type Command =
  | { kind: 'pay'; account: number; amount: bigint }
  | { kind: 'credit' | 'payBelow'; account: number; amount: bigint }
  | { kind: 'setNonce'; account: number; nonce: bigint }
  | { kind: 'setCode'; account: number; code: number }
  | { kind: 'setSlot' | 'setTransient'; account: number; key: number; value: bigint }
  | { kind: 'readSlot' | 'readTransient' | 'warmSlot'; account: number; key: number }
  | { kind: 'look' | 'touch' | 'warm' | 'destroy' | 'create' | 'ask'; account: number }
  | { kind: 'checkpoint' }
  | { kind: 'rollback' | 'drop'; up: number }

const account = fc.constantFrom(...accounts)
const key = fc.constantFrom(...keys)
const value = fc.oneof({ weight: 3, arbitrary: fc.bigInt(0n, 3n) }, { weight: 1, arbitrary: fc.bigInt(0n, TOP) })
const amount = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt(0n, 12n) },
  { weight: 1, arbitrary: fc.bigInt(0n, 12n).map(n => (n << 64n) - 1n + (n === 0n ? 1n : 0n)) },
)

const is = <K extends string>(kind: K) => fc.constant(kind)
const frameCommands: fc.WeightedArbitrary<Command>[] = [
  { weight: 5, arbitrary: fc.record({ kind: is('checkpoint') }) },
  { weight: 4, arbitrary: fc.record({ kind: is('rollback'), up: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: is('drop'), up: fc.constant(0) }) },
]
const moneyCommands: fc.WeightedArbitrary<Command>[] = [
  { weight: 6, arbitrary: fc.record({ kind: is('pay'), account, amount }) },
  { weight: 5, arbitrary: fc.record({ kind: is('credit'), account, amount }) },
]
const otherCommands: fc.WeightedArbitrary<Command>[] = [
  { weight: 1, arbitrary: fc.record({ kind: is('payBelow'), account, amount }) },
  { weight: 2, arbitrary: fc.record({ kind: is('setNonce'), account, nonce: fc.bigInt(0n, 3n) }) },
  { weight: 2, arbitrary: fc.record({ kind: is('setCode'), account, code: fc.nat(2) }) },
  { weight: 6, arbitrary: fc.record({ kind: is('setSlot'), account, key, value }) },
  { weight: 3, arbitrary: fc.record({ kind: is('setTransient'), account, key, value }) },
  { weight: 2, arbitrary: fc.record({ kind: is('readSlot'), account, key }) },
  { weight: 1, arbitrary: fc.record({ kind: is('readTransient'), account, key }) },
  { weight: 2, arbitrary: fc.record({ kind: is('warmSlot'), account, key }) },
  { weight: 1, arbitrary: fc.record({ kind: is('look'), account }) },
  { weight: 2, arbitrary: fc.record({ kind: is('touch'), account }) },
  { weight: 2, arbitrary: fc.record({ kind: is('warm'), account }) },
  { weight: 2, arbitrary: fc.record({ kind: is('destroy'), account }) },
  { weight: 2, arbitrary: fc.record({ kind: is('create'), account }) },
  { weight: 2, arbitrary: fc.record({ kind: is('ask'), account }) },
]
const transaction = fc.array(fc.oneof(...frameCommands, ...moneyCommands, ...otherCommands), { maxLength: 40 })

const storedAccount = fc
  .record({
    exists: fc.boolean(),
    nonce: fc.bigInt(0n, 2n),
    code: fc.nat(2),
    balance: amount,
    storage: fc.array(fc.tuple(key, value), { maxLength: 3 }),
  })
  .map(
    (account): Stored =>
      account.exists ? { ...account, storage: new Map(account.storage) } : { ...absent(), exists: false },
  )
const storedAccounts = fc.array(storedAccount, { minLength: accounts.length, maxLength: accounts.length })

const copyStored = (list: readonly Stored[]): Map<number, Stored> =>
  new Map(list.map((stored, i) => [accounts[i]!, { ...stored, storage: new Map(stored.storage) }]))

/** Executes commands on both sides; answers are compared at once. */
class Run {
  readonly model: Model
  readonly subject: Subject
  /** Answers of canPay so far. */
  readonly answers: boolean[] = []
  #marks: number[] = []

  constructor(model: Model, subject: Subject) {
    this.model = model
    this.subject = subject
  }

  begin(): void {
    this.model.begin()
    this.subject.journal.begin()
    this.#marks = []
    this.answers.length = 0
  }

  step(command: Command): void {
    if ('up' in command || command.kind === 'checkpoint') this.#frame(command)
    else if ('key' in command) this.#slot(command)
    else if ('amount' in command) this.#money(command)
    else this.#account(command)
  }

  #frame(command: Command & { kind: 'checkpoint' | 'rollback' | 'drop' }): void {
    const { journal } = this.subject
    if (command.kind === 'checkpoint') {
      this.#marks.push(journal.checkpoint())
      this.model.checkpoint()
    } else if (this.#marks.length > 0) {
      // A frame that ends well keeps its changes in those of the frame below.
      const depth = Math.max(0, this.#marks.length - 1 - command.up)
      if (command.kind === 'drop') this.model.drop()
      else {
        journal.rollback(this.#marks[depth]!)
        this.model.rollback(depth)
      }
      this.#marks.length = depth
    }
  }

  #money({ kind, account, amount }: Extract<Command, { amount: bigint }>): void {
    const { journal } = this.subject
    const index = this.subject.account(account)
    const entry = this.model.entry(account)
    this.subject.put(amount)
    if (kind === 'payBelow') {
      // Only somebody who exists is paid without being made.
      const stored = this.model.stored.get(account)!
      if (!stored.exists || stored.balance + amount > TOP) return
      journal.payBelow(account)
      stored.balance += amount
    } else if (kind === 'credit') {
      journal.credit(index)
      this.model.touch(account)
      entry.balance = (entry.balance + amount) % WORD
    } else {
      const can = journal.canPay(index) !== 0
      expect(can).toBe(entry.balance >= amount)
      this.answers.push(can)
      if (!can) return
      journal.debit(index)
      this.model.touch(account)
      entry.balance -= amount
    }
  }

  #slot(command: Extract<Command, { key: number }>): void {
    const { journal } = this.subject
    const { kind, account, key } = command
    const entry = this.model.entry(account)
    if (kind === 'setTransient' || kind === 'readTransient') {
      const index = journal.transientSlot(this.subject.account(account), key) - 1
      if (!entry.transients.has(key)) entry.transients.set(key, 0n)
      if (!('value' in command)) return
      this.subject.put(command.value)
      journal.setSlot(index)
      entry.transients.set(key, command.value)
      return
    }
    const index = this.subject.slot(this.model, account, key)
    const slot = this.model.slot(account, key)
    if (kind === 'warmSlot') {
      expect(journal.warmSlot(index) !== 0).toBe(!slot.warm)
      slot.warm = true
    } else if ('value' in command && entry.exists) {
      // Only code that runs writes its slots, so the account exists.
      this.subject.put(command.value)
      journal.setSlot(index)
      slot.value = command.value
    }
  }

  #account(command: Exclude<Command, { up: number } | { key: number } | { amount: bigint }>): void {
    const { journal } = this.subject
    if (command.kind === 'checkpoint') return
    const { account } = command
    const index = this.subject.account(account)
    const entry = this.model.entry(account)
    switch (command.kind) {
      case 'setNonce':
        journal.setNonce(index, command.nonce)
        this.model.touch(account).nonce = command.nonce
        break
      case 'setCode':
        journal.setCode(index, journal.codeId(command.code))
        this.model.touch(account).code = command.code
        break
      case 'touch':
        journal.touch(index)
        this.model.touch(account)
        break
      case 'warm':
        expect(journal.warmAccount(index) !== 0).toBe(!entry.warm)
        entry.warm = true
        break
      case 'destroy':
        expect(journal.destroy(index) !== 0).toBe(!entry.destroyed)
        if (!entry.destroyed) entry.touched = true
        entry.destroyed = true
        entry.balance = 0n
        break
      case 'create':
        this.#create(account, index, entry)
        break
      case 'ask':
        expect(journal.isEmpty(index) !== 0).toBe(this.model.isEmpty(account))
        expect(journal.exists(index) !== 0).toBe(entry.exists)
        break
    }
  }

  /** As a creation does it: only where nothing is (EIP-684, 7610), and the contract exists from then on. */
  #create(account: number, index: number, entry: Entry): void {
    const { journal } = this.subject
    // What the core has not been told of the storage it cannot know; ask for it as EIP-7610 would have to.
    for (const key of this.model.stored.get(account)!.storage.keys()) this.subject.slot(this.model, account, key)
    for (const key of this.model.stored.get(account)!.storage.keys()) this.model.slot(account, key)
    expect(journal.isVacant(index) !== 0).toBe(this.model.isVacant(account))
    if (!this.model.isVacant(account)) return
    journal.markCreated(index)
    entry.created = true
    journal.touch(index)
    this.model.touch(account)
  }

  compareViews(): void {
    const codeId = (number: number): number => this.subject.journal.codeId(number)
    expect(this.subject.observe(this.model)).toEqual(expectedView(this.model, codeId))
  }

  compareStores(): void {
    const codeId = (number: number): number => this.subject.journal.codeId(number)
    expect(this.subject.stored(this.model)).toEqual(expectedStore(this.model, codeId))
    for (const number of accounts) {
      if (this.subject.journal.readStored(number)) expect(this.subject.journal.listedSlots(number)).not.toBe(-1)
    }
  }
}

describe.each(builds)('the journal, %s', (build: Build) => {
  let subject: Subject

  beforeAll(async () => {
    subject = new Subject(await loadKernel<Journal>('journal', build))
  })

  it('shows and commits what a model shows and commits', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...forks),
        storedAccounts,
        fc.array(transaction, { minLength: 1, maxLength: 4 }),
        (fork, stored, transactions) => {
          const run = new Run(new Model(fork, copyStored(stored)), subject)
          subject.start(run.model, true)
          for (const commands of transactions) {
            run.begin()
            for (const command of commands) {
              run.step(command)
              run.compareViews()
            }
            subject.journal.commit()
            run.model.commit()
            run.compareStores()
          }
        },
      ),
      { numRuns: 600 },
    )
  })

  it('does the same when slots come one by one', () => {
    fc.assert(
      fc.property(fc.constantFrom(...forks), storedAccounts, transaction, (fork, stored, commands) => {
        const run = new Run(new Model(fork, copyStored(stored)), subject)
        subject.start(run.model, false)
        run.begin()
        for (const command of commands) run.step(command)
        run.compareViews()
        subject.journal.commit()
        run.model.commit()
        // Slots nobody asked for are not in the core's store: read all, so that they are.
        run.begin()
        for (const number of accounts) {
          for (const key of keys) {
            subject.slot(run.model, number, key)
            run.model.slot(number, key)
          }
        }
        run.compareViews()
      }),
      { numRuns: 300 },
    )
  })

  it('asks for what it has not been told, and for nothing where the state is complete', () => {
    subject.start(new Model(CANCUN, new Map()), false)
    expect(subject.journal.account(0x1001)).toBe(0)
    expect(subject.journal.misses()).toBe(1)
    subject.start(new Model(CANCUN, new Map()), true)
    expect(subject.journal.account(0x1001)).toBe(1)
    expect(subject.journal.slot(0, 1)).toBe(1)
    expect(subject.journal.misses()).toBe(0)
  })

  it('records funds checks as an interval in which every base balance gives the same answers', () => {
    const commands = fc.array(fc.oneof(...frameCommands, ...moneyCommands), { maxLength: 30 })
    const asked = fc.record({
      fork: fc.constantFrom(...forks),
      stored: storedAccounts,
      commands,
      at: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(asked, ({ fork, stored, commands, at }) => {
        const play = (balances: Map<number, bigint> | undefined): Run => {
          const model = new Model(fork, copyStored(stored))
          for (const [number, balance] of balances ?? []) model.stored.get(number)!.balance = balance
          for (const account of model.stored.values()) account.exists = true
          const run = new Run(model, subject)
          subject.start(model, true)
          run.begin()
          for (const command of commands) run.step(command)
          return run
        }
        const first = play(undefined)
        const answers = [...first.answers]
        const intervals = [...first.model.entries.keys()].map(number => {
          subject.journal.readAccount(subject.account(number))
          const [base, atLeast, below] = [subject.word(64), subject.word(96), subject.word(128)]
          expect(atLeast <= base && base < below).toBe(true)
          const isBounded = atLeast > 0n || below < TOP
          expect(Number(subject.number(16)) & ASKED_FUNDS || !isBounded).toBeTruthy()
          return { number, atLeast, below }
        })
        // The ends of the interval, and somewhere between. Balances near 2^256 cannot be: no supply is that large.
        const picks = [
          ({ atLeast }: { atLeast: bigint }) => atLeast,
          ({ below }: { below: bigint }) => (below === TOP ? 1n << 200n : below - 1n),
          ({ atLeast, below }: { atLeast: bigint; below: bigint }) =>
            atLeast + (((below === TOP ? 1n << 200n : below) - 1n - atLeast) * BigInt(Math.floor(at * 1024))) / 1024n,
        ]
        for (const pick of picks) {
          const other = new Map(intervals.map(interval => [interval.number, pick(interval)]))
          expect(play(other).answers).toEqual(answers)
        }
      }),
      { numRuns: 400 },
    )
  })

  it('keeps the interval tight: one less than its lower end, or its upper end, answers differently', () => {
    subject.start(new Model(CANCUN, new Map([[0x1001, { ...absent(), exists: true, balance: 10n }]])), true)
    const index = subject.account(0x1001)
    const ask = (amount: bigint): boolean => {
      subject.put(amount)
      return subject.journal.canPay(index) !== 0
    }
    expect([ask(4n), ask(7n), ask(30n), ask(20n)]).toEqual([true, true, false, false])
    subject.put(5n)
    subject.journal.debit(index)
    expect([ask(4n), ask(6n)]).toEqual([true, false])
    subject.journal.readAccount(index)
    expect([subject.word(96), subject.word(128)]).toEqual([9n, 11n])
  })
})
