// Expected results of blocks (expected/NUMBER.json.gz of the mainnet blocks, sample.expected.json.gz of the sample block) and
// the comparison with an outcome: the post-state is derived from pre-state and diff here, apart from the sources of src/state,
// and brought into the form of the file, so that it must equal it account by account and slot by slot.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { type AccountDiff, type BlockOutcome, EMPTY_CODE_HASH, type Hex } from '../../src/types.ts'

/** An account of the files; `codeHash` is left out of `preState` where there is no code. */
export interface AccountJson {
  balance: Hex
  nonce: Hex
  codeHash?: Hex
  storage: Record<string, Hex>
}

type State = Record<string, AccountJson>

/** What the tests read of a block file by themselves. */
export interface RawBlock {
  hardfork: string
  preState: State
}

/** What the tests read of a file of expected results. */
export interface ExpectedResult {
  receipts: { error?: string }[]
  postState: PostState
}

type PostState = Record<string, AccountJson | null>

/** Parses a .json.gz file, unchecked. */
export function readGzip<T>(file: string): T {
  return JSON.parse(gunzipSync(readFileSync(file)).toString()) as T
}

const quantity = (value: bigint): Hex => `0x${value.toString(16)}`

/**
 * The accounts that `outcome` left other than they were, as `postState` lists them: null for one that is gone, and of the
 * storage only slots that changed. Before Spurious Dragon a new account that is empty is left out (rule 6 of the README),
 * unless a transaction created it.
 */
export function postState({ hardfork, preState }: RawBlock, outcome: BlockOutcome): PostState {
  const keepsEmpty = ['frontier', 'homestead', 'tangerineWhistle'].includes(hardfork)
  const created = new Set(outcome.receipts.map(({ createdAddress }) => createdAddress))
  const post: PostState = {}
  for (const changed of outcome.diff) {
    const before = preState[changed.address]
    if (!changed.exists) {
      if (before) post[changed.address] = null
      continue
    }
    const after = accountAfter(before, changed)
    if (keepsEmpty && !before && isEmpty(after) && !created.has(changed.address)) continue
    if (!before || isChanged(before, after)) post[changed.address] = after
  }
  return post
}

function accountAfter(before: AccountJson | undefined, changed: AccountDiff): Required<AccountJson> {
  const storage: Record<string, Hex> = {}
  const old = before?.storage ?? {}
  if (changed.storageCleared) for (const key of Object.keys(old)) storage[key] = '0x0'
  for (const [key, value] of changed.storage) storage[quantity(key)] = quantity(value)
  for (const [key, value] of Object.entries(storage)) if (value === (old[key] ?? '0x0')) delete storage[key]
  const { balance, nonce, codeHash } = changed
  return { balance: quantity(balance), nonce: quantity(nonce), codeHash, storage }
}

function isEmpty({ balance, nonce, codeHash }: AccountJson): boolean {
  return balance === '0x0' && nonce === '0x0' && codeHash === EMPTY_CODE_HASH
}

function isChanged(before: AccountJson, after: AccountJson): boolean {
  const codeHash = before.codeHash ?? EMPTY_CODE_HASH
  const isSame = before.balance === after.balance && before.nonce === after.nonce && codeHash === after.codeHash
  return !isSame || Object.keys(after.storage).length > 0
}

/** An outcome without its times and where it was hashed, and its diff in a fixed order: two runs of a block give equal ones. */
export function comparable({ ms: _, hash: __, diff, ...rest }: BlockOutcome & { hash?: unknown }): unknown {
  const byAddress = [...diff].sort((a, b) => (a.address < b.address ? -1 : 1))
  return {
    ...rest,
    diff: byAddress.map(account => ({
      ...account,
      storage: [...account.storage].sort(([a], [b]) => (a < b ? -1 : 1)),
    })),
  }
}
