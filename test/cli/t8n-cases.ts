// Official tests as input of t8n: a state test's case as one transaction with its secret key, a block of a block test as alloc, env and
// transactions. Read from the .ndjson.gz files of the data folder.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { findFork } from '../../src/chain/forks.ts'
import { resultJson } from '../../src/cli/t8n-result.ts'
import { createSign } from '../../src/crypto/sign.ts'
import { createEngine } from '../../src/index.ts'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import { encodeRlp } from '../../src/input/rlp.ts'
import { decodeRlp } from '../../src/input/rlp-decode.ts'
import { type AllocAccount, allocJson, readAlloc } from '../../src/state/alloc.ts'
import { readTransitionEnv } from '../../src/t8n/env.ts'
import type { TransitionReceipt } from '../../src/t8n/receipts.ts'
import { readTransactions } from '../../src/t8n/transactions.ts'
import { runTransition } from '../../src/t8n.ts'
import { wasmBytes } from '../setup/weft.ts'

// biome-ignore lint/suspicious/noExplicitAny: JSON of the official suites
type Json = any

/** Documents and options of one call of t8n. */
export interface Call {
  alloc: unknown
  env: unknown
  txs: unknown
  forkName: string
  chainId?: bigint
  reward?: bigint
  isStateTest?: boolean
}

/** What a call came to: documents in JSON, and what the result was made from. */
export interface CallResult {
  result: Json
  alloc: Record<string, AllocAccount>
  receipts: readonly TransitionReceipt[]
  included: readonly Uint8Array[]
}

/** The tests of a file, at most `limit` spread evenly over it. */
export function readTests(file: string, limit: number): { name: string; test: Json }[] {
  const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n')
  const step = Math.max(1, Math.floor(lines.length / limit))
  return lines.filter((_, i) => i % step === 0 && i / step < limit).map(line => JSON.parse(line))
}

/** A function that runs calls, without a process around them. */
export async function createT8n(): Promise<(call: Call) => Promise<CallResult>> {
  const engine = await createEngine({ wasm: wasmBytes('simd') })
  const sign = await createSign()
  return async ({ alloc, env, txs, forkName, chainId = 1n, reward, isStateTest = false }) => {
    const fork = findFork(forkName)!
    const place = (file: string) => ({ file, path: '' })
    const input = {
      fork,
      pre: readAlloc(JSON.parse(JSON.stringify(alloc)), place('alloc')),
      env: readTransitionEnv(env, place('env'), { fork, forkName, chainId }),
      transactions: readTransactions(txs, place('txs'), { chainId, rules: fork.rules, sign }),
      ...(reward !== undefined && { reward }),
      isStateTest,
    }
    const transition = await runTransition(engine, input)
    return {
      result: JSON.parse(JSON.stringify(resultJson(transition, input.env, fork))),
      alloc: allocJson(transition.state),
      receipts: transition.result.receipts,
      included: transition.included,
    }
  }
}

/** A case of a state test as a call. */
export function stateTestCall(test: Json, fork: string, index: number): Call {
  const { transaction, env, pre, post, config } = test
  const { data, gas, value } = post[fork][index].indexes
  const { data: all, gasLimit, value: values, accessLists, sender: _, ...rest } = transaction
  const accessList = accessLists?.[data] ?? undefined
  const tx = { ...rest, input: all[data], gas: gasLimit[gas], value: values[value], ...(accessList && { accessList }) }
  const blockHashes = { '0': env.previousHash }
  const isStateTest = true
  const chainId = BigInt(config?.chainid ?? 1)
  return {
    ...{ alloc: pre, env: { ...env, ...(env.previousHash && { blockHashes }) }, txs: [tx], forkName: fork },
    ...{ isStateTest, chainId },
  }
}

/** The valid blocks of a block test one after the other: each with its header and the call on the state so far. */
export async function runBlocks(
  test: Json,
  t8n: (call: Call) => Promise<CallResult>,
  onBlock: (header: Json, result: CallResult) => void,
): Promise<void> {
  let alloc = test.pre
  const hashes: Record<string, string> = { '0': test.genesisBlockHeader.hash }
  let parent = test.genesisBlockHeader
  for (const block of test.blocks) {
    // Competing branches would need the state before them.
    if (!block.blockHeader || block.expectException || block.blockHeader.parentHash !== parent.hash) continue
    const header = block.blockHeader
    const [, txs, ommers] = decodeRlp(hexBytes(block.rlp)!) as [unknown, never, Uint8Array[][]]
    const env = {
      currentCoinbase: header.coinbase,
      currentNumber: header.number,
      currentTimestamp: String(BigInt(header.timestamp)),
      currentGasLimit: header.gasLimit,
      ...(BigInt(header.difficulty) > 0n && {
        ...{
          parentDifficulty: parent.difficulty,
          parentTimestamp: parent.timestamp,
          parentUncleHash: parent.uncleHash,
        },
      }),
      currentRandom: header.mixHash,
      ...(parent.baseFeePerGas && {
        ...{ parentBaseFee: parent.baseFeePerGas, parentGasUsed: parent.gasUsed, parentGasLimit: parent.gasLimit },
      }),
      ...(parent.excessBlobGas && {
        ...{ parentExcessBlobGas: parent.excessBlobGas, parentBlobGasUsed: parent.blobGasUsed },
      }),
      parentBeaconBlockRoot: header.parentBeaconBlockRoot,
      parentHash: header.parentHash,
      blockHashes: hashes,
      withdrawals: block.withdrawals,
      ommers: ommers.map(([, , address, , , , , , number]) => ({
        delta: Number(BigInt(header.number) - BigInt(hexOf(number!))),
        address: hexOf(address!),
      })),
    }
    const forkName = test.network
    const { reward } = findFork(forkName)!
    const call = {
      alloc,
      env,
      txs: hexOf(encodeRlp(txs)),
      forkName,
      chainId: BigInt(test.config?.chainid ?? 1),
      reward,
    }
    const result = await t8n(call)
    onBlock(header, result)
    alloc = result.alloc
    parent = header
    hashes[String(BigInt(header.number))] = header.hash
  }
}
