// Makes a failing block of the swarm small: fewer transactions, accounts, authorizations and slots, plainer fields and shorter code,
// as long as it fails. Races fail now and then only, so `fails` may run a block several times.
import type { Address, Hex } from '../../../src/types.ts'
import type { SwarmAccount, SwarmBlock, SwarmTransaction } from './world.ts'

/** The smallest block found for which `fails` holds. */
export async function shrink(given: SwarmBlock, fails: (smaller: SwarmBlock) => Promise<boolean>): Promise<SwarmBlock> {
  let best = given
  const accept = async (smaller: SwarmBlock): Promise<boolean> => {
    if (!(await fails(smaller))) return false
    best = smaller
    return true
  }
  for (let size = Infinity; JSON.stringify(best).length < size; ) {
    size = JSON.stringify(best).length
    for (let i = best.transactions.length - 1; i >= 0 && best.transactions.length > 1; i--) {
      await accept({ ...best, transactions: best.transactions.filter((_, at) => at !== i) })
    }
    for (const i of best.transactions.keys()) {
      for (const change of plainer(best.transactions[i]!)) {
        const transactions = best.transactions.map((tx, at) => (at === i ? { ...tx, ...change } : tx))
        if (JSON.stringify(transactions) !== JSON.stringify(best.transactions)) await accept({ ...best, transactions })
      }
    }
    for (const change of [{ withdrawals: [] }, { asked: false }, { baseFee: 0 }]) {
      if (JSON.stringify({ ...best, ...change }) !== JSON.stringify(best)) await accept({ ...best, ...change })
    }
    for (const address of Object.keys(best.accounts) as Address[]) await smallerAccount(address, () => best, accept)
  }
  return best
}

function plainer({ type, accessList, authorizations }: SwarmTransaction): Partial<SwarmTransaction>[] {
  return [
    { value: '0x0' },
    { tip: 0 },
    { data: '0x' },
    ...(accessList.length ? [{ accessList: [] }] : []),
    ...(authorizations.length > 1
      ? authorizations.map((_, i) => ({ authorizations: authorizations.toSpliced(i, 1) }))
      : []),
    ...(type > 0 ? [{ type: 0, accessList: [], authorizations: [], blobs: 0 }] : []),
  ]
}

async function smallerAccount(
  address: Address,
  current: () => SwarmBlock,
  accept: (smaller: SwarmBlock) => Promise<boolean>,
): Promise<void> {
  const { [address]: _, ...without } = current().accounts
  if (await accept({ ...current(), accounts: without })) return
  const change = (changes: Partial<SwarmAccount>): Promise<boolean> => {
    const { accounts } = current()
    return accept({ ...current(), accounts: { ...accounts, [address]: { ...accounts[address]!, ...changes } } })
  }
  if (current().accounts[address]!.storage.length) await change({ storage: [] })
  for (let chunk = 32; chunk >= 1; chunk /= 2) {
    for (let at = 0; at < (current().accounts[address]!.code.length - 2) / 2; ) {
      const { code } = current().accounts[address]!
      const shorter = `${code.slice(0, 2 + at * 2)}${code.slice(2 + (at + chunk) * 2)}` as Hex
      if (!(await change({ code: shorter }))) at += chunk
    }
  }
}
