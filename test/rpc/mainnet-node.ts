// A node that has one block of the data folder and the state before it, as a `fetch`: what real blocks cost in round trips.
import { MemorySource, type RpcSourceOptions, type Weft } from '../../src/index.ts'
import type { BlockFile } from '../../src/input/block-file.ts'
import { hexOf } from '../../src/input/hex.ts'
import { quantityHex, wordHex } from '../../src/state/alloc.ts'
import { RecordingSource } from '../../src/state/recording.ts'
import type { Address, BlockEnv, Hex } from '../../src/types.ts'
import { readGzip } from '../spec/block-results.ts'

interface RawFile {
  number: number
  block: { hash: Hex; parentHash: Hex }
  preState: Record<Address, { balance: Hex; nonce: Hex; codeHash?: Hex; storage?: Record<Hex, Hex> }>
  blockHashes: Record<string, Hex>
}

type Answer = (...params: never[]) => unknown

/** Answers as the node: `codes` by hash; `methods` besides those that tell state. */
export function blockNode(
  path: string,
  codes: Readonly<Record<Hex, Hex>>,
  methods: Readonly<Record<string, Answer>> = {},
): NonNullable<RpcSourceOptions['fetch']> {
  const { number, block, preState, blockHashes } = readGzip<RawFile>(path)
  const of = (address: Address, at: { blockHash: Hex }): Partial<RawFile['preState'][Address]> => {
    if (at.blockHash !== block.parentHash) throw new Error('header not found')
    return preState[address] ?? {}
  }
  const answers: Readonly<Record<string, Answer>> = {
    eth_chainId: () => '0x1',
    eth_getBlockByNumber: (named: Hex) => {
      const asked = Number(named)
      return asked === number ? block : { hash: asked === number - 1 ? block.parentHash : blockHashes[asked] }
    },
    eth_getBalance: (address: Address, at: { blockHash: Hex }) => of(address, at).balance ?? '0x0',
    eth_getTransactionCount: (address: Address, at: { blockHash: Hex }) => of(address, at).nonce ?? '0x0',
    eth_getCode: (address: Address, at: { blockHash: Hex }) => codes[of(address, at).codeHash ?? '0x'] ?? '0x',
    eth_getStorageAt: (address: Address, key: Hex, at: { blockHash: Hex }) =>
      of(address, at).storage?.[`0x${BigInt(key).toString(16)}`] ?? '0x0',
    ...methods,
  }
  return async (_, init) => {
    const asked = JSON.parse(String(init?.body)) as { id: number; method: string; params: never[] }[]
    const replies = [asked].flat().map(({ id, method, params }) => {
      const answer = answers[method]
      if (!answer) return { id, error: { code: -32601, message: `the method ${method} does not exist` } }
      try {
        return { id, result: answer(...params) }
      } catch (error) {
        return { id, error: { code: -32000, message: (error as Error).message } }
      }
    })
    return new Response(JSON.stringify(Array.isArray(asked) ? replies : replies[0]))
  }
}

/** A message as eth_createAccessList is asked. */
interface AskedMessage {
  from: Address
  to?: Address
  data?: Hex
  value?: Hex
  gas?: Hex
  gasPrice?: Hex
  maxFeePerGas?: Hex
  maxPriorityFeePerGas?: Hex
}

/**
 * What a node says of a block beforehand: its receipts, and eth_createAccessList on the state before it. The messages run in the environment of
 * the block itself; that of the parent, which geth takes, is not in the data folder.
 */
export async function outlook(weft: Weft, file: BlockFile): Promise<Record<string, Answer>> {
  await weft.load('secp256k1', 'bn254', 'bls12-381', 'p256')
  const receipts = await receiptsOf(weft, file)
  const memory = new MemorySource(file.state)
  return {
    eth_getBlockReceipts: () => receipts,
    eth_createAccessList: (message: AskedMessage, at: { blockHash: Hex }) => {
      if (at.blockHash !== file.block.env.parentHash) throw new Error('header not found')
      return accessList(weft, memory, file.block.env, message)
    },
  }
}

async function receiptsOf(weft: Weft, { block, state }: BlockFile): Promise<unknown[]> {
  const { receipts } = await weft.replayBlock(block, { source: new MemorySource(state) })
  return receipts.map(({ status, logs }, i) => {
    const written = logs.map(({ address, topics, data }) => ({ address, topics, data: hexOf(data) }))
    return { transactionIndex: quantityHex(i), status: status === 'success' ? '0x1' : '0x0', logs: written }
  })
}

/** As geth: a list also of what is reverted, none of what cannot be paid. */
function accessList(
  weft: Weft,
  memory: MemorySource,
  env: BlockEnv,
  { from, to, data = '0x', ...asked }: AskedMessage,
): unknown {
  const amount = (name: keyof typeof asked): bigint => BigInt(asked[name] ?? 0)
  const [value, gas, gasPrice, maxFeePerGas] = [
    amount('value'),
    amount('gas'),
    amount('gasPrice'),
    amount('maxFeePerGas'),
  ]
  const most = maxFeePerGas || gasPrice
  if (most > 0n && most < env.baseFee) throw new Error('max fee per gas less than block base fee')
  const funds = memory.account(from)?.balance ?? 0n
  if (most * gas + value > funds) throw new Error('insufficient funds for gas * price + value')
  const fees = asked.maxFeePerGas
    ? { maxFeePerGas, maxPriorityFeePerGas: amount('maxPriorityFeePerGas') }
    : { gasPrice }
  const call = { from, to: to ?? null, data, value, ...(gas > 0n && { gas }), ...fees }
  const recording = new RecordingSource(memory)
  const [result] = weft.simulateSync({ calls: [call], env, source: recording }).results
  const list = [...recording.asked].map(([address, keys]) => ({ address, storageKeys: [...keys].map(wordHex) }))
  const error = result!.status === 'success' ? {} : { error: 'execution reverted' }
  return { accessList: list, gasUsed: quantityHex(result!.gasUsed), ...error }
}
