// A host that runs the transactions of a block in instances of its own, all on the state before the block, and commits them in order by what
// OUTCOME_USED says: where every answer still holds the outcome is taken, else the transaction runs again. The state afterwards is that of
// running them one after the other.
import { expect, it } from 'vitest'
import { SAMPLE_PATH } from '../../bench/blocks/sample.ts'
import * as abi from '../../src/abi.ts'
import { drive } from '../../src/core/drive.ts'
import { type Address, type Hex, MemorySource, type Source } from '../../src/index.ts'
import { blockFileReader } from '../../src/input/file.node.ts'
import { OverlaySource } from '../../src/state/overlay.ts'
import { addressOf, assemble, CALLER, CONTRACT, crypto, instantiate, send } from '../core/machine.ts'
import { effectOf, holds, readUsed, type Used } from './used.ts'

const { block, state } = blockFileReader()(SAMPLE_PATH)
const { fork } = block.env

interface Ran {
  used: Used
  codes: Map<Hex, Uint8Array>
}

/** Runs a transaction alone on a state, in an instance that knows nothing else. */
async function runAlone({ core, raw }: ReturnType<typeof instantiate>, tx: Uint8Array, source: Source): Promise<Ran> {
  core.reset(fork)
  core.setBlock(block.env, false)
  core.beginTx(tx)
  await drive(core, { source, crypto })
  const used = readUsed(raw.memory, raw.weft_outcome() >>> 0)
  core.commit()
  const codes = core.diff().flatMap(({ codeHash, code }) => (code ? [[codeHash, code] as const] : []))
  return { used, codes: new Map(codes) }
}

it('instances scheduled by what they used come to the state of sequential execution', async () => {
  const base = new MemorySource(state)
  const instances = Array.from({ length: 3 }, () => instantiate('simd'))
  const ahead: Ran[] = []
  for (const [i, tx] of block.transactions.entries()) ahead.push(await runAlone(instances[i % 3]!, tx, base))

  const committed = new OverlaySource(new MemorySource(state))
  let held = 0
  for (const [i, tx] of block.transactions.entries()) {
    const isRight = await holds(ahead[i]!.used, committed)
    if (isRight) held++
    const { used, codes } = isRight ? ahead[i]! : await runAlone(instances[i % 3]!, tx, committed)
    committed.apply(await effectOf(used, committed, codes))
  }
  // Most do, or the test says nothing about committing; not all do, or it says nothing about what does not hold.
  expect(held).toBeGreaterThan(block.transactions.length / 4)
  expect(held).toBeLessThan(block.transactions.length)

  const { core } = instantiate('simd')
  core.reset(fork)
  core.setBlock(block.env, false)
  for (const tx of block.transactions) {
    core.beginTx(tx)
    await drive(core, { source: base, crypto })
    core.commit()
  }
  const diff = core.diff()
  expect(diff.length).toBeGreaterThan(100)
  for (const account of diff) {
    const { address, exists, nonce, balance, codeHash, storage } = account
    const now = await committed.account(address)
    expect([address, now]).toMatchObject([address, exists ? { nonce, balance, codeHash } : null])
    for (const [key, value] of storage)
      expect([address, key, await committed.storage(address, key)]).toEqual([address, key, value])
  }
  expect(await changedAddresses(committed, base)).toEqual(diff.map(({ address }) => address).toSorted())
})

/** The accounts of a state that differ from those of another in more than storage, or are new; and those with other slots. */
async function changedAddresses(now: OverlaySource, before: MemorySource): Promise<Address[]> {
  const changed = new Set<Address>()
  const left = new Set<Address>([...before.entries()].map(({ address }) => address))
  for (const { address, account, storage } of now.entries!()) {
    left.delete(address)
    const old = before.account(address)
    const isSame = old?.nonce === account.nonce && old.balance === account.balance && old.codeHash === account.codeHash
    if (!isSame) changed.add(address)
    for (const [key, value] of storage) if (before.storage(address, key) !== value) changed.add(address)
  }
  for (const { address, storage } of before.entries())
    for (const [key] of storage) if ((await now.storage(address, key)) === 0n) changed.add(address)
  return [...changed, ...left].toSorted()
}

it('says what a message asked and changed, and nothing else', async () => {
  const { core, raw } = instantiate('scalar')
  const target = addressOf(0x1234)
  // Reads slot 1, writes slot 2, asks for a balance, sends 3 wei.
  const code = assemble(
    1,
    'SLOAD',
    2,
    'SSTORE',
    BigInt(addressOf(0x77)),
    'BALANCE',
    'POP',
    0,
    0,
    0,
    0,
    3,
    BigInt(target),
    'GAS',
    'CALL',
  )
  await send(core, { [CALLER]: { balance: 10n }, [CONTRACT]: { code, balance: 5n, storage: [[1n, 9n]] } }, {})
  const { accounts, slots } = readUsed(raw.memory, raw.weft_outcome() >>> 0)
  const of = (address: Address) => accounts.find(account => account.address === address)!
  expect(slots).toEqual([
    { address: CONTRACT, key: 1n, asked: true, before: 9n, after: 9n },
    { address: CONTRACT, key: 2n, asked: true, before: 0n, after: 9n },
  ])
  expect(of(addressOf(0x77))).toMatchObject({
    asked: abi.ASKED_BALANCE,
    before: { exists: false },
    after: { exists: false },
  })
  expect(of(CONTRACT)).toMatchObject({ before: { balance: 5n }, after: { balance: 2n }, atLeast: 3n })
  expect(of(CONTRACT).asked & (abi.ASKED_FUNDS | abi.ASKED_BALANCE | abi.ASKED_NONCE)).toBe(abi.ASKED_FUNDS)
  expect(of(CONTRACT).below).toBe(2n ** 256n - 1n)
  expect(of(target)).toMatchObject({ before: { exists: false, balance: 0n }, after: { exists: true, balance: 3n } })
  expect(of(target).asked & (abi.ASKED_FUNDS | abi.ASKED_BALANCE | abi.ASKED_NONCE)).toBe(0)
  // Records stand for the outcome only as long as it does.
  raw.weft_discard()
  expect(raw.weft_outcome()).toBe(0)
})

it('says that a creation asked for nonce, code and storage', async () => {
  const { core, raw } = instantiate('scalar')
  await send(core, { [CALLER]: { nonce: 4n } }, { to: undefined, input: assemble(7, 1, 'SSTORE', 0, 0, 'RETURN') })
  const at = raw.weft_outcome() >>> 0
  const { accounts, slots } = readUsed(raw.memory, at)
  const created = accounts.find(({ storageCleared }) => storageCleared)!
  expect(created.asked & abi.ASKED_CODE).toBe(abi.ASKED_CODE)
  expect(created).toMatchObject({ before: { exists: false }, after: { exists: true, nonce: 1n } })
  expect(slots).toMatchObject([{ address: created.address, key: 1n, before: 0n, after: 7n }])
  const sender = accounts.find(({ address }) => address === CALLER)!
  expect(sender).toMatchObject({ before: { nonce: 4n }, after: { nonce: 5n } })
  expect(sender.asked & abi.ASKED_NONCE).toBe(abi.ASKED_NONCE)
})
