// The embedded sample block (bench/blocks/sample.json.gz): that it can be made again byte for byte, that it holds
// what it is meant to hold, and that file and expected result agree with each other. Roots are computed here from the
// JSON with EthereumJS' trie, so a mistake in writing the files shows; what the block does, EthereumJS' VM said.

import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { createBlockFromRPC, genTransactionsTrieRoot } from '@ethereumjs/block'
import { createMPT } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { beforeAll, describe, expect, it } from 'vitest'
import type { AccountJson, BlockFile, ExpectedFile, Hex } from '../../bench/blocks/format.ts'
import { word } from '../../bench/blocks/format.ts'
import { type Generated, generateBlock, SAMPLE } from '../../bench/blocks/generate.ts'
import { keccak } from '../../bench/blocks/random.ts'
import { EXPECTED_PATH, formatFile, readCompressed, SAMPLE_PATH } from '../../bench/blocks/sample.ts'
import { CONSOLIDATION_REQUESTS, WITHDRAWAL_REQUESTS } from '../../bench/blocks/system.ts'
import { osaka } from '../../bench/blocks/transactions.ts'
import { ARTIFACTS_PATH, compileContracts, formatArtifacts } from '../../bench/contracts/compile.ts'

const EMPTY_CODE_HASH = bytesToHex(keccak())
const sampleText = readCompressed(SAMPLE_PATH)
const expectedText = readCompressed(EXPECTED_PATH)
const file = JSON.parse(sampleText) as BlockFile
const expected = JSON.parse(expectedText) as ExpectedFile
const { block } = file
const { transactions } = block
const { receipts } = expected

describe('contracts of the sample block', () => {
  it('compile to the committed artifacts', { timeout: 240_000 }, () => {
    expect(formatArtifacts(compileContracts())).toBe(readFileSync(ARTIFACTS_PATH, 'utf8'))
  })
})

describe('making the sample block again', () => {
  let generated: Generated
  beforeAll(async () => {
    generated = await generateBlock(SAMPLE)
  }, 120_000)

  it('gives the same bytes', () => {
    // Compared as booleans first: a failed toBe on half a megabyte takes minutes to print.
    expect(formatFile(generated.file) === sampleText, 'run: npx tsx bench/blocks/sample.ts').toBe(true)
    expect(formatFile(generated.expected) === expectedText, 'run: npx tsx bench/blocks/sample.ts').toBe(true)
  })

  it('covers every kind of transaction', () => {
    const times = (label: string): number => generated.labels.filter(each => each.startsWith(label)).length
    expect(times('transfer')).toBeGreaterThanOrEqual(50)
    expect(times('token transfer')).toBeGreaterThanOrEqual(50)
    expect(times('approval')).toBeGreaterThanOrEqual(10)
    expect(times('swap')).toBeGreaterThanOrEqual(40)
    expect(times('wrap')).toBeGreaterThanOrEqual(5)
    expect(times('unwrap')).toBeGreaterThanOrEqual(3)
    expect(times('creation')).toBeGreaterThanOrEqual(6)
    expect(times('nonce chain')).toBeGreaterThanOrEqual(10)
    expect(times('delegat')).toBeGreaterThanOrEqual(10)
    for (const once of ['revert: product', 'revert: token balance', 'transfer to coinbase', 'transfer from coinbase']) {
      expect(times(once), once).toBeGreaterThanOrEqual(1)
    }
  })
})

describe('the sample block file', () => {
  it('is small enough to be committed', () => {
    expect(statSync(SAMPLE_PATH).size + statSync(EXPECTED_PATH).size).toBeLessThan(300_000)
  })

  it('has enough transactions of every type', () => {
    const ofType = (type: Hex): number => transactions.filter(tx => tx.type === type).length
    expect(transactions.length).toBeGreaterThanOrEqual(300)
    expect(Number(block.gasUsed)).toBeGreaterThanOrEqual(10_000_000)
    expect(ofType('0x0')).toBeGreaterThanOrEqual(50)
    expect(ofType('0x1')).toBeGreaterThanOrEqual(5)
    expect(ofType('0x2')).toBeGreaterThanOrEqual(100)
    expect(ofType('0x3')).toBe(2)
    expect(ofType('0x4')).toBeGreaterThanOrEqual(5)
    expect(transactions.some(tx => tx.type === '0x1' && tx.accessList!.length > 0)).toBe(true)
    expect(transactions.filter(tx => tx.to === null).length).toBeGreaterThanOrEqual(6)
  })

  it('has a chain of nonces of one sender', () => {
    const bySender = new Map<Hex, number[]>()
    for (const { from, nonce } of transactions) bySender.set(from, [...(bySender.get(from) ?? []), Number(nonce)])
    const longest = [...bySender.values()].sort((a, b) => b.length - a.length)[0]!
    expect(longest.length).toBeGreaterThanOrEqual(10)
    expect(longest).toEqual(longest.map((_, i) => longest[0]! + i))
  })

  it('is a valid JSON-RPC block: hashes, senders and transactions root follow from its fields', async () => {
    const parsed = createBlockFromRPC(structuredClone(block) as never, [], { common: osaka() })
    expect(bytesToHex(parsed.hash())).toBe(block.hash)
    expect(bytesToHex(await genTransactionsTrieRoot(parsed.transactions))).toBe(block.transactionsRoot)
    expect(await parsed.withdrawalsTrieIsValid()).toBe(true)
    expect(parsed.transactions.map(tx => bytesToHex(tx.hash()))).toEqual(transactions.map(tx => tx.hash))
    expect(parsed.transactions.map(tx => tx.getSenderAddress().toString())).toEqual(transactions.map(tx => tx.from))
    expect(quantityLength(parsed.serialize())).toBe(block.size)
  })

  it('has the pre-state that its parent state root names, and every code of it', async () => {
    for (const [hash, code] of Object.entries(file.codes))
      expect(bytesToHex(keccak(hexToBytes(code as Hex)))).toBe(hash)
    for (const { codeHash } of Object.values(file.preState)) if (codeHash) expect(file.codes).toHaveProperty([codeHash])
    expect(await rootOf(file.preState)).toBe(file.parentStateRoot)
  })
})

describe('the expected result of the sample block', () => {
  it('leads from the pre-state to the state root of the header', async () => {
    const state = structuredClone(file.preState)
    for (const [key, change] of Object.entries(expected.postState)) {
      const address = key as Hex
      if (change === null) delete state[address]
      else state[address] = { ...change, storage: { ...state[address]?.storage, ...change.storage } }
    }
    expect(await rootOf(state)).toBe(block.stateRoot)
  })

  it('has one receipt per transaction, adding up to the gas and bloom of the header', () => {
    expect(receipts.length).toBe(transactions.length)
    let sum = 0n
    let bloom = 0n
    for (const receipt of receipts) {
      sum += BigInt(receipt.gasUsed)
      bloom |= BigInt(receipt.logsBloom ?? '0x0')
      expect(BigInt(receipt.cumulativeGasUsed)).toBe(sum)
    }
    expect(sum).toBe(BigInt(block.gasUsed))
    expect(bloom).toBe(BigInt(block.logsBloom))
  })

  it('has the requests that its transactions made, in the hash of the header', () => {
    // EIP-7685: sha256 over the sha256 of each non-empty list, a type byte before it. EIP-7002 turns the amount around.
    const requests = (to: Hex): { from: Buffer; input: Buffer }[] =>
      transactions
        .filter((tx, i) => tx.to === to && receipts[i]!.status === 1)
        .map(({ from, input }) => ({
          from: Buffer.from(from.slice(2), 'hex'),
          input: Buffer.from(input.slice(2), 'hex'),
        }))
    const withdrawals = requests(WITHDRAWAL_REQUESTS).map(({ from, input }) =>
      Buffer.concat([from, input.subarray(0, 48), Buffer.from(input.subarray(48)).reverse()]),
    )
    const consolidations = requests(CONSOLIDATION_REQUESTS).map(({ from, input }) => Buffer.concat([from, input]))
    expect([withdrawals.length, consolidations.length]).toEqual([2, 1])
    const sha256 = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()
    const lists = [sha256(Buffer.of(1), ...withdrawals), sha256(Buffer.of(2), ...consolidations)]
    expect(`0x${sha256(...lists).toString('hex')}`).toBe(block.requestsHash)
  })

  it('has reverts, out-of-gas failures and contracts created', () => {
    const errors = receipts.map(({ error }) => error)
    expect(errors.filter(error => error === 'revert').length).toBeGreaterThanOrEqual(10)
    expect(errors.filter(error => error === 'out of gas').length).toBeGreaterThanOrEqual(2)
    const created = receipts.filter(({ contractAddress }) => contractAddress !== undefined)
    expect(created.length).toBeGreaterThanOrEqual(4)
    for (const [i, { contractAddress }] of receipts.entries()) {
      if (contractAddress) expect(transactions[i]!.to).toBeNull()
    }
  })
})

/** Root of a state given in full; zero slots do not exist. */
async function rootOf(state: Record<Hex, AccountJson>): Promise<Hex> {
  const accounts = await createMPT({ useKeyHashing: true })
  for (const [address, { balance, nonce, codeHash, storage }] of Object.entries(state)) {
    const slots = await createMPT({ useKeyHashing: true })
    for (const [slot, value] of Object.entries(storage)) {
      if (value !== '0x0') await slots.put(hexToBytes(word(BigInt(slot))), RLP.encode(BigInt(value)))
    }
    const account = [BigInt(nonce), BigInt(balance), slots.root(), hexToBytes(codeHash ?? EMPTY_CODE_HASH)]
    await accounts.put(hexToBytes(address as Hex), RLP.encode(account))
  }
  return bytesToHex(accounts.root())
}

function quantityLength(bytes: Uint8Array): Hex {
  return `0x${bytes.length.toString(16)}`
}
