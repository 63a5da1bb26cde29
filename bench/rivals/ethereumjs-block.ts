// The rival of blocks.ts: runBlock of @ethereumjs/vm on a state in memory (ethereumjs-state.ts). Its block is decoded, its
// senders are recovered and its hashes taken before the time; of its checks only those that execution needs are left. With
// `generate` it makes receipts, their root, the bloom and the transactions root, as Weft does, and leaves comparing to us.

import { type Block, createBlockFromRPC } from '@ethereumjs/block'
import { Common, Mainnet, type StateManagerInterface } from '@ethereumjs/common'
import { Account, createAddressFromString, hexToBytes, type KZG, setLengthLeft, unpadBytes } from '@ethereumjs/util'
import { createVM, type RunBlockResult, runBlock, type VM } from '@ethereumjs/vm'
import type { BlockFile } from '../../src/input/block-file.ts'
import { hexOf } from '../../src/input/hex.ts'
import type { Hex } from '../../src/types.ts'
import { demand } from '../cases/case.ts'
import type { Runner } from '../harness.ts'
import { UndoLogState } from './ethereumjs-state.ts'

/** A block as eth_getBlockByNumber returns it. */
export type RpcBlock = Parameters<typeof createBlockFromRPC>[0]

/** The block on EthereumJS. */
export function ethereumJsBlock(file: BlockFile, rpc: RpcBlock, codes: ReadonlyMap<Hex, Uint8Array>): Runner {
  const { common, block, blockchain } = decoded(file, rpc)
  let vm: VM
  let result: RunBlockResult
  return {
    async prepare() {
      const stateManager = new UndoLogState()
      await fill(stateManager, file, codes)
      vm = await createVM({ common, stateManager, blockchain })
    },
    async run() {
      result = await runBlock(vm, { block, generate: true, skipBlockValidation: true, skipHeaderValidation: true })
    },
    verify() {
      demand('ethereumjs', 'gas', file.expected.gasUsed, result.gasUsed)
      demand('ethereumjs', 'logsBloom', file.expected.logsBloom, hexOf(result.logsBloom))
    },
  }
}

/** The block as EthereumJS has it, its rules, and the chain that BLOCKHASH asks. */
export function decoded(
  file: BlockFile,
  rpc: RpcBlock,
): { common: Common; block: Block; blockchain: NonNullable<VM['blockchain']> } {
  const hardfork = file.fork.name === 'frontier' ? 'chainstart' : file.fork.name
  // Blob transactions cannot be held without a KZG library; blocks carry no blobs, so nothing of it is called.
  const common = new Common({ chain: Mainnet, hardfork, customCrypto: { kzg: {} as KZG } })
  const block = createBlockFromRPC(rpc, [], { common, setHardfork: false })
  keepDerived(block)
  const hashes = new Map([...(file.state.blockHashes ?? [])].map(([number, hash]) => [number, hexToBytes(hash)]))
  return { common, block, blockchain: chainOf(hashes) }
}

/** Sender and hash of a transaction are kept in it once they are computed. */
function keepDerived(block: Block): void {
  for (const tx of block.transactions) {
    tx.getSenderAddress()
    tx.hash()
  }
}

/** Puts the state before the block into a state manager. */
export async function fill(
  filled: StateManagerInterface,
  { state }: BlockFile,
  codes: ReadonlyMap<Hex, Uint8Array>,
): Promise<void> {
  for (const [name, { nonce, balance, codeHash, storage = [] }] of state.accounts ?? []) {
    const address = createAddressFromString(name)
    await filled.putAccount(address, new Account(nonce, balance))
    const code = codes.get(codeHash)
    if (code) await filled.putCode(address, code)
    for (const [key, value] of storage) {
      await filled.putStorage(address, wordBytes(key), unpadBytes(wordBytes(value)))
    }
  }
}

function wordBytes(value: bigint): Uint8Array {
  const digits = value.toString(16)
  return setLengthLeft(hexToBytes(`0x${digits.length & 1 ? '0' : ''}${digits}`), 32)
}

/** What BLOCKHASH asks of a chain. */
function chainOf(hashes: ReadonlyMap<bigint, Uint8Array>): NonNullable<VM['blockchain']> {
  const chain = {
    getBlock: async (number: number) => ({ hash: () => hashes.get(BigInt(number)) }),
    putBlock: async () => {},
    shallowCopy: () => chain,
  }
  return chain as unknown as NonNullable<VM['blockchain']>
}
