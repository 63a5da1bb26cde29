// A node that has one block of the data folder and the state before it, as a `fetch`: what real blocks cost in round trips.
import { MemorySource, type RpcSourceOptions, type Weft } from '../../src/index.ts'
import type { BlockFile } from '../../src/input/block-file.ts'
import { hexBytes } from '../../src/input/hex.ts'
import { RecordingSource } from '../../src/state/recording.ts'
import type { Address, Hex } from '../../src/types.ts'
import { readGzip } from '../spec/block-results.ts'

interface RawTransaction {
  from: Address
  to: Address | null
  input: Hex
  value: Hex
  gas: Hex
}

interface RawFile {
  number: number
  block: { hash: Hex; parentHash: Hex; transactions: readonly RawTransaction[] }
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

/** What eth_createAccessList says of the transactions of a block, one after the other, each on the state before the block. */
export async function accessLists(weft: Weft, path: string, { block, state }: BlockFile): Promise<Answer> {
  const memory = new MemorySource(state)
  const lists: unknown[] = []
  for (const { from, to, input, value, gas } of readGzip<RawFile>(path).block.transactions) {
    const recording = new RecordingSource(memory)
    const data = hexBytes(input)!
    const call = { from, to, data, value: BigInt(value), gas: BigInt(gas) }
    const failed = await weft.simulate({ calls: [call], env: block.env, source: recording }).then(
      () => false,
      () => true,
    )
    const word = (key: bigint): string => `0x${key.toString(16).padStart(64, '0')}`
    const accessList = [...recording.asked].map(([address, keys]) => ({ address, storageKeys: [...keys].map(word) }))
    lists.push(failed ? undefined : { accessList, gasUsed: '0x0' })
  }
  let next = 0
  return () => {
    const list = lists[next++]
    if (!list) throw new Error('insufficient funds for transfer')
    return list
  }
}
