// Makes the file of block tests that the golden tests of weft blocktest run: a chain of two blocks on Paris, and the same with things
// wrong in it. Roots come from t8n; headers are written here.
import { keccak_256 } from '@noble/hashes/sha3.js'
import { EMPTY_OMMERS_HASH, nextBaseFee } from '../../src/chain/header.ts'
import { hexBytes, hexOf, quantityBytes } from '../../src/input/hex.ts'
import { encodeRlp, type RlpItem } from '../../src/input/rlp.ts'
import type { Hex } from '../../src/types.ts'
import { createT8n } from './t8n-cases.ts'

const zeros = (bytes: number): Hex => `0x${'00'.repeat(bytes)}`
const EMPTY_ROOT = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
const NETWORK = 'Paris'
const SENDER = '0x7e5f4552091a69125d5dfcb7b8c2659029395bdf'
const CONTRACT = `0x${'c0'.repeat(20)}`

// Stores the number of the block in slot 0, and calls the identity precompile with a byte.
const code = '0x43600055600160006001600060006004620f4240f100'
const pre = {
  [SENDER]: { balance: '0xde0b6b3a7640000', nonce: '0x0', code: '0x', storage: {} },
  [CONTRACT]: { balance: '0x0', nonce: '0x1', code, storage: {} },
}

type Header = Record<string, Hex>
const NUMBERS = ['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp', 'baseFeePerGas']
const ORDER = [
  ...['parentHash', 'uncleHash', 'coinbase', 'stateRoot', 'transactionsTrie', 'receiptTrie', 'bloom', 'difficulty'],
  ...['number', 'gasLimit', 'gasUsed', 'timestamp', 'extraData', 'mixHash', 'nonce', 'baseFeePerGas'],
]

function itemsOf(header: Header): RlpItem {
  return ORDER.map(key => (NUMBERS.includes(key) ? quantityBytes(header[key]!, 32)! : hexBytes(header[key]!)!))
}

function withHash(header: Header): Header {
  return { ...header, hash: hexOf(keccak_256(encodeRlp(itemsOf(header)))) }
}

const common: Header = {
  uncleHash: EMPTY_OMMERS_HASH,
  coinbase: `0x${'cc'.repeat(20)}`,
  difficulty: '0x0',
  gasLimit: '0x1c9c380',
  extraData: '0x',
  mixHash: `0x${'0a'.repeat(32)}`,
  nonce: zeros(8),
}

/** The file as JSON: tests by name. */
export async function blockTests(): Promise<Record<string, unknown>> {
  const t8n = await createT8n()
  const none = { alloc: pre, env: envOf(common, '0x0', '0x0'), txs: [], forkName: NETWORK }
  const genesis = withHash({
    ...common,
    ...{ parentHash: zeros(32), number: '0x0', timestamp: '0x0', gasUsed: '0x0', baseFeePerGas: '0x3b9aca00' },
    ...{ stateRoot: (await t8n(none)).result.stateRoot, bloom: zeros(256) },
    ...{ transactionsTrie: EMPTY_ROOT, receiptTrie: EMPTY_ROOT },
  })
  const blocks: { rlp: Hex; blockHeader: Header }[] = []
  let [alloc, parent]: [unknown, Header] = [pre, genesis]
  for (const number of [1, 2]) {
    const made = await nextBlock(t8n, alloc, parent, number)
    blocks.push(made.block)
    ;[alloc, parent] = [made.alloc, made.block.blockHeader]
  }
  const [first, second] = blocks as [(typeof blocks)[0], (typeof blocks)[0]]
  const base = { network: NETWORK, genesisBlockHeader: genesis, genesisRLP: rlpOf(genesis, []), pre }
  const bad = { ...second, ...changed(second, { stateRoot: `0x${'11'.repeat(32)}` }) }
  const tooMuch = changed(second, { gasLimit: '0xffffffff' })
  return {
    valid: { ...base, blocks, lastblockhash: second.blockHeader.hash, postState: whole(alloc) },
    refused: {
      ...base,
      blocks: [first, { rlp: tooMuch.rlp, expectException: 'BlockException.INVALID_GASLIMIT' }],
      lastblockhash: first.blockHeader.hash,
    },
    wrongRoot: { ...base, blocks: [first, bad], lastblockhash: bad.blockHeader.hash },
    wrongHead: { ...base, blocks: [first], lastblockhash: second.blockHeader.hash },
  }
}

/** A post-state has all fields of every account. */
function whole(alloc: unknown): Record<string, object> {
  const accounts = Object.entries(alloc as Record<string, object>)
  return Object.fromEntries(
    accounts.map(([address, account]) => [address, { nonce: '0x0', code: '0x', storage: {}, ...account }]),
  )
}

async function nextBlock(
  t8n: Awaited<ReturnType<typeof createT8n>>,
  alloc: unknown,
  parent: Header,
  number: number,
): Promise<{ alloc: unknown; block: { rlp: Hex; blockHeader: Header } }> {
  const [gasUsed, gasLimit] = [BigInt(parent.gasUsed!), BigInt(parent.gasLimit!)]
  const baseFee = hexNumber(nextBaseFee({ baseFee: BigInt(parent.baseFeePerGas!), gasUsed, gasLimit }))
  const tx = {
    ...{ type: '0x2', nonce: hexNumber(number - 1), gas: '0x186a0', to: CONTRACT, value: '0x0', input: '0x' },
    ...{ maxFeePerGas: '0x77359400', maxPriorityFeePerGas: '0x1', secretKey: `0x${'00'.repeat(31)}01` },
  }
  const env = envOf(common, hexNumber(number), baseFee)
  const { result, alloc: after, included } = await t8n({ alloc, env, txs: [tx], forkName: NETWORK })
  const blockHeader = withHash({
    ...common,
    ...{ parentHash: parent.hash!, number: hexNumber(number), timestamp: hexNumber(number), baseFeePerGas: baseFee },
    ...{ stateRoot: result.stateRoot, transactionsTrie: result.txRoot, receiptTrie: result.receiptsRoot },
    ...{ bloom: result.logsBloom, gasUsed: result.gasUsed },
  })
  return { alloc: after, block: { rlp: rlpOf(blockHeader, included), blockHeader } }
}

function envOf({ coinbase, gasLimit, mixHash }: Header, number: Hex, baseFee: Hex): Record<string, unknown> {
  return {
    ...{ currentCoinbase: coinbase, currentNumber: number, currentTimestamp: number, currentGasLimit: gasLimit },
    ...{ currentRandom: mixHash, currentBaseFee: baseFee, blockHashes: {} },
  }
}

const bodies = new Map<Hex, readonly Uint8Array[]>()

/** A block without uncles. */
function rlpOf(header: Header, transactions: readonly Uint8Array[]): Hex {
  bodies.set(header.hash!, transactions)
  return hexOf(encodeRlp([itemsOf(header), [...transactions], []]))
}

/** The same block with other header fields. */
function changed({ blockHeader }: { blockHeader: Header }, fields: Header): { rlp: Hex; blockHeader: Header } {
  const header = withHash({ ...blockHeader, ...fields })
  return { rlp: rlpOf(header, bodies.get(blockHeader.hash!)!), blockHeader: header }
}

function hexNumber(value: bigint | number): Hex {
  return `0x${value.toString(16)}`
}
