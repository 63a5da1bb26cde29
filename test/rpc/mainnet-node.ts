// A node that has one block of the data folder and the state before it, as a `fetch`: what real blocks cost in round trips.
import { MemorySource, type RpcSourceOptions, type Weft } from '../../src/index.ts'
import type { BlockFile } from '../../src/input/block-file.ts'
import { hexOf } from '../../src/input/hex.ts'
import { quantityHex } from '../../src/state/alloc.ts'
import { RecordingSource } from '../../src/state/recording.ts'
import type { Address, Hex } from '../../src/types.ts'
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
 * What a node says of a block: its receipts, and eth_createAccessList on the state before it, as geth has it: a list also of what is
 * reverted, none of what cannot be paid.
 */
export async function outlook(weft: Weft, { block, state }: BlockFile): Promise<Record<string, Answer>> {
  await weft.load('secp256k1', 'bn254', 'bls12-381', 'p256')
  const memory = new MemorySource(state)
  const { env } = block
  const listOf = ({ from, to, data = '0x', ...quantities }: AskedMessage): unknown => {
    const [value, gas, gasPrice, maxFeePerGas, maxPriorityFeePerGas] = (
      ['value', 'gas', 'gasPrice', 'maxFeePerGas', 'maxPriorityFeePerGas'] as const
    ).map(name => (quantities[name] === undefined ? undefined : BigInt(quantities[name])))
    const most = maxFeePerGas ?? gasPrice ?? 0n
    if (most > 0n && most < env.baseFee) throw new Error('max fee per gas less than block base fee')
    const funds = memory.account(from)?.balance ?? 0n
    if (most * (gas ?? 0n) + (value ?? 0n) > funds) throw new Error('insufficient funds for gas * price + value')
    const fees = {
      ...(gasPrice !== undefined && { gasPrice }),
      ...(maxFeePerGas !== undefined && { maxFeePerGas, maxPriorityFeePerGas: maxPriorityFeePerGas ?? 0n }),
    }
    const call = { from, to: to ?? null, data, ...(value && { value }), ...(gas && { gas }), ...fees }
    const recording = new RecordingSource(memory)
    const { results } = weft.simulateSync({ calls: [call], env, source: recording })
    const word = (key: bigint): string => `0x${key.toString(16).padStart(64, '0')}`
    const accessList = [...recording.asked].map(([address, keys]) => ({ address, storageKeys: [...keys].map(word) }))
    const error = results[0]!.status === 'success' ? {} : { error: 'execution reverted' }
    return { accessList, gasUsed: quantityHex(results[0]!.gasUsed), ...error }
  }
  const { receipts } = await weft.replayBlock(block, { source: memory })
  const told = receipts.map(({ status, logs }, i) => {
    const written = logs.map(({ address, topics, data }) => ({ address, topics, data: hexOf(data) }))
    return { transactionIndex: quantityHex(i), status: status === 'success' ? '0x1' : '0x0', logs: written }
  })
  return {
    eth_getBlockReceipts: () => told,
    eth_createAccessList: (message: AskedMessage, at: { blockHash: Hex }) => {
      if (at.blockHash !== env.parentHash) throw new Error('header not found')
      return listOf(message)
    },
  }
}
