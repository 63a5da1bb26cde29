// What the block does, according to EthereumJS: an implementation that shares no code with Weft. It runs on a full
// Merkle state and gives everything the header promises (gas, receipts root, bloom, state root, requests), the
// receipts, and the accounts and slots that changed.

import type { Block, BlockHeader } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import { RLP } from '@ethereumjs/rlp'
import { Caches, MerkleStateManager } from '@ethereumjs/statemanager'
import {
  Account,
  type Address,
  bytesToHex,
  createAddressFromString,
  hexToBytes,
  KECCAK256_NULL,
} from '@ethereumjs/util'
import { createVM, type RunBlockResult, runBlock } from '@ethereumjs/vm'
import { type AccountJson, type Hex, quantity, quantityOf, type ReceiptJson, word } from './format.ts'
import { keccak } from './random.ts'

/** A Merkle state that remembers which accounts and slots were ever written, whether or not that was undone. */
class RecordingState extends MerkleStateManager {
  readonly written: Map<Hex, Set<Hex>> = new Map()

  private record(address: Address): Set<Hex> {
    const key = address.toString()
    let slots = this.written.get(key)
    if (slots === undefined) {
      slots = new Set()
      this.written.set(key, slots)
    }
    return slots
  }

  override async putAccount(address: Address, account?: Account): Promise<void> {
    this.record(address)
    await super.putAccount(address, account)
  }

  override async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    this.record(address).add(quantityOf(key))
    await super.putStorage(address, key, value)
  }

  override async deleteAccount(address: Address): Promise<void> {
    this.record(address)
    await super.deleteAccount(address)
  }
}

/** EthereumJS with the pre-state in it. */
export class Oracle {
  private readonly state: RecordingState
  private readonly common: Common
  private readonly preState: Record<Hex, AccountJson>

  private constructor(common: Common, preState: Record<Hex, AccountJson>) {
    this.common = common
    this.preState = preState
    this.state = new RecordingState({ common, caches: new Caches() })
  }

  /** Loads the pre-state. */
  static async create(common: Common, preState: Record<Hex, AccountJson>, codes: Record<Hex, Hex>): Promise<Oracle> {
    const oracle = new Oracle(common, preState)
    const { state } = oracle
    await state.checkpoint()
    for (const [key, { balance, nonce, codeHash, storage }] of Object.entries(preState)) {
      const address = createAddressFromString(key)
      await state.putAccount(address, new Account(BigInt(nonce), BigInt(balance)))
      if (codeHash !== undefined) await state.putCode(address, hexToBytes(codes[codeHash]!))
      for (const [slot, value] of Object.entries(storage)) {
        await state.putStorage(address, hexToBytes(word(BigInt(slot))), hexToBytes(word(BigInt(value))))
      }
    }
    await state.commit()
    state.written.clear()
    return oracle
  }

  /** The root of the state as it stands: that before the block until `run`, that after it from then on. */
  async stateRoot(): Promise<Uint8Array> {
    return this.state.getStateRoot()
  }

  /** Runs the block. Header fields that only execution can tell are not looked at. */
  async run(block: Block, parent: BlockHeader): Promise<RunBlockResult> {
    const blockchain = {
      getBlock: async (number: number) => {
        if (BigInt(number) !== parent.number) throw new Error(`BLOCKHASH asked for block ${number}`)
        return parent
      },
      putBlock: async () => {},
      shallowCopy: () => blockchain,
    }
    const vm = await createVM({ common: this.common, stateManager: this.state, blockchain })
    block.validateBlobTransactions(parent)
    return runBlock(vm, { block, generate: true, skipHeaderValidation: true })
  }

  /** Accounts that differ from the pre-state, with the slots that differ; `null` for one that is gone. */
  async changes(): Promise<Record<Hex, AccountJson | null>> {
    const changed: Record<Hex, AccountJson | null> = {}
    for (const [key, slots] of [...this.state.written].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const address = createAddressFromString(key)
      const [before, account] = [this.preState[key], await this.state.getAccount(address)]
      if (account === undefined) {
        if (before !== undefined) changed[key] = null
        continue
      }
      const after: AccountJson = {
        balance: quantity(account.balance),
        nonce: quantity(account.nonce),
        codeHash: bytesToHex(account.codeHash),
        storage: {},
      }
      for (const slot of [...slots].map(BigInt).sort((a, b) => (a < b ? -1 : 1))) {
        const value = quantityOf(await this.state.getStorage(address, hexToBytes(word(slot))))
        if (value !== (before?.storage[quantity(slot)] ?? '0x0')) after.storage[quantity(slot)] = value
      }
      if (before === undefined || !sameAccount(before, after)) changed[key] = after
    }
    return changed
  }
}

function sameAccount(before: AccountJson, after: AccountJson): boolean {
  const codeHash = before.codeHash ?? bytesToHex(KECCAK256_NULL)
  return (
    before.balance === after.balance &&
    before.nonce === after.nonce &&
    codeHash === after.codeHash &&
    Object.keys(after.storage).length === 0
  )
}

/** The receipts in short. */
export function receiptsOf({ results, receipts }: RunBlockResult): ReceiptJson[] {
  return receipts.map((receipt, index) => {
    const { totalGasSpent, createdAddress, execResult } = results[index]!
    const status = 'status' in receipt ? Number(receipt.status) : 1
    const json: ReceiptJson = {
      status,
      cumulativeGasUsed: quantity(receipt.cumulativeBlockGasUsed),
      gasUsed: quantity(totalGasSpent),
      logsCount: receipt.logs.length,
    }
    if (receipt.logs.length > 0) {
      json.logsHash = bytesToHex(keccak(RLP.encode(receipt.logs)))
      json.logsBloom = bytesToHex(receipt.bitvector)
    }
    if (createdAddress !== undefined && status === 1) json.contractAddress = createdAddress.toString()
    if (execResult.exceptionError !== undefined) json.error = execResult.exceptionError.error
    return json
  })
}
