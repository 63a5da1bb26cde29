// Makes a block with its pre-state and its expected result from a recipe: the same recipe gives the same bytes. It
// reads no file and no clock, so it also runs in a browser. sample.ts writes the committed sample with it; the
// benchmarks make larger ones.

import {
  Block,
  type BlockHeader,
  createBlockHeader,
  genTransactionsTrieRoot,
  genWithdrawalsTrieRoot,
  type HeaderData,
} from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import type { TypedTransaction } from '@ethereumjs/tx'
import { bytesToHex, createWithdrawal, utf8ToBytes, type Withdrawal } from '@ethereumjs/util'
import { type BlockFile, type BlockJson, type ExpectedFile, type Hex, quantity } from './format.ts'
import { draftBlock, type Recipe } from './kinds.ts'
import { Oracle, receiptsOf } from './oracle.ts'
import { NUMBER, type Stage, TIMESTAMP } from './scene.ts'
import { type Draft, osaka, type Prices, signAll, transactionFields } from './transactions.ts'

/** A block, what it must give, and what each of its transactions was meant to be. */
export interface Generated {
  file: BlockFile
  expected: ExpectedFile
  labels: string[]
}

/** The recipe of bench/blocks/sample.json.gz. */
export const SAMPLE: Recipe = { seed: 'weft sample', kind: 'mixed', transactions: 360, contention: 0.3 }

const BLOB_GAS = 131_072
/** Mainnet's limit at Osaka; a block of many transactions gets a higher one. */
const GAS_LIMIT = 60_000_000

/** Makes the block; throws if a transaction fails or succeeds where its draft says otherwise. */
export async function generateBlock(recipe: Recipe): Promise<Generated> {
  const { scene, drafts } = draftBlock(recipe)
  return executeDrafts(scene, drafts, (prices, common) => signAll(drafts, scene.world, scene.random, prices, common))
}

/** Makes the block of these drafts; throws if a transaction fails or succeeds where its draft says otherwise. */
export async function executeDrafts(
  stage: Stage,
  drafts: Draft[],
  sign: (prices: Prices, common: Common) => TypedTransaction[],
): Promise<Generated> {
  const common = osaka()
  const { preState, codes } = stage.world.toJson()
  const oracle = await Oracle.create(common, preState, codes)
  const parentStateRoot = await oracle.stateRoot()

  const parent = makeParent(stage, parentStateRoot, drafts, common)
  const transactions = sign(pricesAfter(parent), common)
  const unsealed = await assemble(stage, parent, transactions, common)
  const result = await oracle.run(unsealed, parent)
  const block = seal(
    {
      ...unsealed.header,
      stateRoot: result.stateRoot,
      receiptTrie: result.receiptsRoot,
      logsBloom: result.logsBloom,
      gasUsed: result.gasUsed,
      requestsHash: result.requestsHash!,
    },
    transactions,
    unsealed.withdrawals!,
    common,
  )

  const receipts = receiptsOf(result)
  checkOutcomes(drafts, receipts)
  const file: BlockFile = {
    number: NUMBER,
    hardfork: 'osaka',
    block: blockJson(block),
    parentStateRoot: bytesToHex(parentStateRoot),
    completeState: true,
    preState,
    codes,
    blockHashes: { [NUMBER - 1]: bytesToHex(parent.hash()) },
  }
  const credits = block.withdrawals!.map(({ address, amount }) => ({
    address: address.toString(),
    amount: quantity(amount * 10n ** 9n),
    kind: 'withdrawal' as const,
  }))
  const expected = { number: NUMBER, receipts, credits, postState: await oracle.changes() }
  return { file, expected, labels: drafts.map(({ label }) => label) }
}

/** What gas and blobs cost in the block after this one. */
export function pricesAfter(parent: BlockHeader): Prices {
  return { baseFee: parent.calcNextBaseFee(), blobFee: parent.calcNextBlobGasPrice(parent.common) }
}

/** The header before ours: half full, so that the base fee stays, with blobs in demand and room for the drafts. */
export function makeParent(
  { random, coinbase }: Stage,
  stateRoot: Uint8Array,
  drafts: Draft[],
  common: Common,
): BlockHeader {
  const gasLimit = Math.max(
    GAS_LIMIT,
    drafts.reduce((sum, { gas }) => sum + gas, 0),
  )
  return createBlockHeader(
    {
      parentHash: random.hex(32),
      coinbase: coinbase.address,
      stateRoot,
      transactionsTrie: random.hex(32),
      receiptTrie: random.hex(32),
      number: NUMBER - 1,
      timestamp: TIMESTAMP - 12,
      gasLimit,
      gasUsed: Math.floor(gasLimit / 2),
      baseFeePerGas: 613_270_451,
      mixHash: random.hex(32),
      extraData: utf8ToBytes('weft'),
      withdrawalsRoot: random.hex(32),
      blobGasUsed: 5 * BLOB_GAS,
      excessBlobGas: 336 * BLOB_GAS,
      parentBeaconBlockRoot: random.hex(32),
      requestsHash: random.hex(32),
    },
    { common },
  )
}

/** The block without what only execution can tell. */
async function assemble(
  stage: Stage,
  parent: BlockHeader,
  transactions: TypedTransaction[],
  common: Common,
): Promise<Block> {
  const { random, coinbase } = stage
  const withdrawals = makeWithdrawals(stage)
  const blobs = transactions.reduce(
    (sum, tx) => sum + ('blobVersionedHashes' in tx ? tx.blobVersionedHashes.length : 0),
    0,
  )
  const header = {
    parentHash: parent.hash(),
    coinbase: coinbase.address,
    transactionsTrie: await genTransactionsTrieRoot(transactions),
    withdrawalsRoot: await genWithdrawalsTrieRoot(withdrawals),
    number: NUMBER,
    timestamp: TIMESTAMP,
    gasLimit: parent.gasLimit,
    baseFeePerGas: parent.calcNextBaseFee(),
    mixHash: random.hex(32),
    extraData: utf8ToBytes('weft'),
    blobGasUsed: blobs * BLOB_GAS,
    excessBlobGas: parent.calcNextExcessBlobGas(parent.common),
    parentBeaconBlockRoot: random.hex(32),
    requestsHash: random.hex(32),
  }
  return seal(header, transactions, withdrawals, common)
}

/** Not EthereumJS' createBlock, which makes every transaction anew and so recovers every sender again. */
function seal(header: HeaderData, transactions: TypedTransaction[], withdrawals: Withdrawal[], common: Common): Block {
  return new Block(createBlockHeader(header, { common }), transactions, [], withdrawals, { common })
}

/** To an account that exists, to one that does not, to the same one again, and of nothing (EIP-4895). */
export function makeWithdrawals({ random }: Stage): Withdrawal[] {
  const [known, unknown] = [random.hex(20), random.hex(20)]
  const amounts: [Hex, number][] = [
    [known, 18_734_021],
    [unknown, 32_000_000_000],
    [known, 17_990_112],
    [random.hex(20), 0],
  ]
  return amounts.map(([address, amount], i) =>
    createWithdrawal({ index: 110_400_000 + i, validatorIndex: random.below(2_000_000), address, amount }),
  )
}

function checkOutcomes(drafts: Draft[], receipts: ExpectedFile['receipts']): void {
  for (const [index, { label, fails = false }] of drafts.entries()) {
    const { status, error } = receipts[index]!
    if ((status === 0) !== fails) {
      throw new Error(`transaction ${index} (${label}) ${fails ? 'should fail but succeeded' : `failed: ${error}`}`)
    }
  }
}

/** The block as eth_getBlockByNumber(…, true) gives it. */
function blockJson(block: Block): BlockJson {
  const { header } = block
  const json = header.toJSON()
  const hash = bytesToHex(block.hash())
  const number = quantity(header.number)
  return {
    hash,
    parentHash: json.parentHash!,
    sha3Uncles: json.uncleHash,
    miner: header.coinbase.toString(),
    stateRoot: json.stateRoot!,
    transactionsRoot: json.transactionsTrie,
    receiptsRoot: json.receiptTrie!,
    logsBloom: json.logsBloom!,
    difficulty: '0x0',
    number,
    gasLimit: quantity(header.gasLimit),
    gasUsed: quantity(header.gasUsed),
    timestamp: quantity(header.timestamp),
    // Mainnet's last value; it has not grown since the Merge.
    totalDifficulty: '0xc70d815d562d3cfa955',
    extraData: json.extraData,
    mixHash: json.mixHash,
    nonce: '0x0000000000000000',
    baseFeePerGas: quantity(header.baseFeePerGas!),
    withdrawalsRoot: json.withdrawalsRoot,
    blobGasUsed: quantity(header.blobGasUsed!),
    excessBlobGas: quantity(header.excessBlobGas!),
    parentBeaconBlockRoot: json.parentBeaconBlockRoot,
    requestsHash: json.requestsHash,
    uncles: [],
    size: quantity(block.serialize().length),
    transactions: block.transactions.map((tx, index) => ({
      hash: bytesToHex(tx.hash()),
      nonce: quantity(tx.nonce),
      blockHash: hash,
      blockNumber: number,
      transactionIndex: quantity(index),
      ...transactionFields(tx, header.baseFeePerGas!),
    })),
    withdrawals: block.withdrawals!.map(({ index, validatorIndex, address, amount }) => ({
      index: quantity(index),
      validatorIndex: quantity(validatorIndex),
      address: address.toString(),
      amount: quantity(amount),
    })),
  }
}
