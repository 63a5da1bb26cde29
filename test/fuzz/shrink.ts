// Makes a failing case small: fewer transactions, accounts, slots and list entries, shorter code and data, less gas, as long as the
// predicate still holds. Greedy, each reduction tried until none helps; bounded by attempts, not by time, so that the
// result is the same on every machine.

import type { Address, Hex } from '../../src/types.ts'
import type { CaseAccount, CaseTransaction, FuzzCase } from './case.ts'

const ATTEMPTS = 4000

/** The smallest case found for which `fails` holds; it holds for `given`. */
export async function shrink(given: FuzzCase, fails: (smaller: FuzzCase) => Promise<boolean>): Promise<FuzzCase> {
  let best = given
  let left = ATTEMPTS
  const accept = async (smaller: FuzzCase): Promise<boolean> => {
    if (left-- <= 0 || !(await fails(smaller))) return false
    best = smaller
    return true
  }
  for (let size = Infinity; left > 0 && JSON.stringify(best).length < size; ) {
    size = JSON.stringify(best).length
    await fewerTransactions(() => best, accept)
    await fewerAccounts(() => best, accept)
    await shorterCodes(() => best, accept)
    await plainerTransactions(() => best, accept)
  }
  return best
}

type Current = () => FuzzCase
type Accept = (smaller: FuzzCase) => Promise<boolean>

async function fewerTransactions(current: Current, accept: Accept): Promise<void> {
  for (let i = current().transactions.length - 1; i >= 0 && current().transactions.length > 1; i--) {
    const { transactions } = current()
    await accept({ ...current(), transactions: transactions.filter((_, at) => at !== i) })
  }
}

async function fewerAccounts(current: Current, accept: Accept): Promise<void> {
  for (const address of Object.keys(current().accounts) as Address[]) {
    const { [address]: account, ...accounts } = current().accounts
    if (await accept({ ...current(), accounts })) continue
    for (const key of Object.keys(account!.storage) as Hex[]) {
      const { [key]: _, ...storage } = current().accounts[address]!.storage
      await accept(withAccount(current(), address, { storage }))
    }
    if (BigInt(account!.balance) > 1n) await accept(withAccount(current(), address, { balance: '0x1' }))
    await accept(withAccount(current(), address, { balance: '0x0' }))
  }
}

function withAccount(given: FuzzCase, address: Address, changes: Partial<CaseAccount>): FuzzCase {
  return { ...given, accounts: { ...given.accounts, [address]: { ...given.accounts[address]!, ...changes } } }
}

async function shorterCodes(current: Current, accept: Accept): Promise<void> {
  for (const address of Object.keys(current().accounts) as Address[]) {
    if (current().accounts[address]!.code.startsWith('0xef')) continue
    await shorter(
      () => current().accounts[address]!.code,
      code => accept(withAccount(current(), address, { code })),
    )
  }
}

/** Removes chunks of bytes, or where that moves jumps too far, makes them JUMPDESTs. */
async function shorter(current: () => Hex, accept: (code: Hex) => Promise<boolean>): Promise<void> {
  for (let chunk = 128; chunk >= 1; chunk = Math.floor(chunk / 2)) {
    for (let at = Math.max(0, bytesIn(current()) - chunk); at >= 0; at -= chunk) {
      const code = current()
      if (at >= bytesIn(code)) continue
      const [before, after] = [code.slice(0, 2 + at * 2), code.slice(2 + (at + chunk) * 2)]
      const removed = code.slice(2 + at * 2, 2 + (at + chunk) * 2)
      if (await accept(`${before}${after}` as Hex)) continue
      const filler = '5b'.repeat(removed.length / 2)
      if (removed !== filler) await accept(`${before}${filler}${after}` as Hex)
    }
  }
}

const bytesIn = (hex: Hex): number => (hex.length - 2) / 2

async function plainerTransactions(current: Current, accept: Accept): Promise<void> {
  for (const i of current().transactions.keys()) {
    const change = (changes: Partial<CaseTransaction>): Promise<boolean> =>
      accept({
        ...current(),
        transactions: current().transactions.map((tx, at) => (at === i ? { ...tx, ...changes } : tx)),
      })
    const now = (): CaseTransaction => current().transactions[i]!
    await shorter(
      () => now().data,
      data => change({ data }),
    )
    for (const value of ['0x0', '0x1'] as const) if (now().value !== '0x0') await change({ value })
    if (now().fee !== '0x0') await change({ fee: '0x0', tip: '0x0' })
    if (now().type > 0 && now().accessList.length === 0) await change({ type: 0, authorizations: [], blobHashes: [] })
    for (const list of ['accessList', 'authorizations', 'blobHashes'] as const) {
      for (let at = now()[list].length - 1; at >= 0; at--) {
        await change({ [list]: now()[list].filter((_: unknown, index: number) => index !== at) })
      }
    }
    await lessGas(now, change)
  }
}

async function lessGas(now: () => CaseTransaction, change: (changes: { gas: Hex }) => Promise<boolean>): Promise<void> {
  for (let step = Math.floor(Number(now().gas) / 2); step >= 1; step = Math.floor(step / 2)) {
    const gas = Number(now().gas) - step
    if (gas > 0) await change({ gas: `0x${gas.toString(16)}` })
  }
}
