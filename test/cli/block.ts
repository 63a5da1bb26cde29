// A small block file for the tests of the command line, and an engine in place of the core that answers what the header
// says. Used where the shape of the output matters and not the EVM.

import { keccak_256 } from '@noble/hashes/sha3.js'
import type { ReplayOutcome } from '../../src/block.ts'
import type { BlockEngine } from '../../src/cli/engine.ts'
import { hexOf } from '../../src/input/hex.ts'
import { encodeTransaction } from '../../src/input/transaction.ts'
import type { Block, ExpectedHeader, Hex, Receipt } from '../../src/types.ts'

/** A byte repeated, as hex. */
export const hex = (byte: string, bytes: number): Hex => `0x${byte.repeat(bytes)}`

export const SENDER: Hex = hex('19', 20)
export const RECIPIENT: Hex = hex('12', 20)

const transaction = {
  from: SENDER,
  type: '0x0',
  nonce: '0x0',
  gasPrice: '0x7',
  gas: '0x5208',
  to: RECIPIENT,
  value: '0x1',
  input: '0x',
  v: '0x1b',
  r: '0x1',
  s: '0x2',
}
const hash = hexOf(keccak_256(encodeTransaction(transaction, { file: '', path: '' })))

/** Block `number` of a chain in which a block's hash is its number: one transfer, Shanghai. */
export function blockJson(number: number): Record<string, unknown> {
  const id = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`
  return {
    number,
    hardfork: 'shanghai',
    block: {
      hash: id(number),
      parentHash: id(number - 1),
      miner: RECIPIENT,
      stateRoot: hex('13', 32),
      transactionsRoot: hex('14', 32),
      receiptsRoot: hex('15', 32),
      logsBloom: hex('00', 256),
      difficulty: '0x0',
      number: `0x${number.toString(16)}`,
      gasLimit: '0x1c9c380',
      gasUsed: '0x5208',
      timestamp: '0x664f4fcf',
      mixHash: hex('16', 32),
      baseFeePerGas: '0x7',
      withdrawalsRoot: hex('17', 32),
      uncles: [],
      transactions: [{ ...transaction, hash }],
      withdrawals: [],
    },
    preState: { [SENDER]: { nonce: '0x0', balance: '0xde0b6b3a7640000' } },
    blockHashes: {},
  }
}

const receipt: Receipt = {
  type: 0,
  hash,
  sender: SENDER,
  status: 'success',
  gasUsed: 21000n,
  cumulativeGasUsed: 21000n,
  gasPrice: 7n,
  logs: [],
}

/** The outcome that `header` asks for. */
export function agreeing(header: ExpectedHeader, change: Partial<ReplayOutcome> = {}): ReplayOutcome {
  const { gasUsed, logsBloom, receiptsRoot, transactionsRoot, withdrawalsRoot } = header
  return {
    gasUsed,
    blobGasUsed: 0n,
    receipts: [receipt],
    receiptsRoot,
    transactionsRoot,
    ...(withdrawalsRoot && { withdrawalsRoot }),
    logsBloom,
    diff: [],
    ms: { prepare: 1, senders: 2, execute: 3, roots: 4, total: 10 },
    hash: { asked: 'auto', reason: 'it was asked for', work: [] },
    ...change,
  }
}

type Options = Parameters<BlockEngine['replayBlock']>[1]

/** An engine that agrees with every header, except where `change` says so. */
export function fakeEngine(
  change: (block: Block, options: Options) => Partial<ReplayOutcome> | Promise<Partial<ReplayOutcome>> = () => ({}),
): BlockEngine {
  return {
    replayBlock: async (block, options) => agreeing(options.expected!, await change(block, options)),
    witnessSource: () => Promise.reject(new Error('this engine proves nothing')),
  }
}
