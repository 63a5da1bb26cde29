// A state test on the VM of EthereumJS with a given EVM: @ethereumjs/vm decodes and pays for the transaction, @ethereumjs/statemanager
// holds the state and makes its root.

import { createBlock } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { type EVMInterface, EVMMockBlockchain, type EVMMockBlockchainInterface } from '@ethereumjs/evm'
import { MerkleStateManager } from '@ethereumjs/statemanager'
import { createTxFromRLP, type TypedTransaction } from '@ethereumjs/tx'
import {
  Account,
  bytesToHex,
  createAddressFromString,
  hexToBytes,
  type KZG,
  setLengthLeft,
  unpadBytes,
} from '@ethereumjs/util'
import { createVM, type RunTxResult, runTx } from '@ethereumjs/vm'
import { keccak_256 } from '@noble/hashes/sha3.js'
import * as abi from '../../src/abi.ts'
import { readStateTestCase, type StateTest, type StateTestCase, type StateTestInput } from '../../src/statetest.ts'
import type { Hex } from '../../src/types.ts'

/** What an EVM for one case is made of. */
export interface EvmParts {
  common: Common
  stateManager: MerkleStateManager
  blockchain: EVMMockBlockchainInterface
}

/** Makes the EVM that is tested; undefined: the VM makes its own. */
export type MakeEvm = (parts: EvmParts) => Promise<EVMInterface> | undefined

/** What a case came to. `refused`: the VM did not take the transaction. */
export interface CaseEnd {
  stateRoot: Hex
  refused?: string
  result?: RunTxResult
  /** Milliseconds in runTx. */
  ms: number
}

/** Hardforks by the names of Weft; the others are the same. */
const HARDFORKS: Readonly<Record<string, Hardfork>> = { frontier: Hardfork.Chainstart }

/** Blob transactions demand a library; the cases that reach the EVM hold no proofs. */
const NO_KZG = {} as KZG

/** The chain of the fixtures: the hash of a block is that of its number in decimal digits. */
class FixtureChain extends EVMMockBlockchain {
  override getBlock(number?: number): Promise<{ hash(): Uint8Array<ArrayBuffer> }> {
    const hash = new Uint8Array(keccak_256(new TextEncoder().encode(String(number))))
    return Promise.resolve({ hash: () => hash })
  }
}

/** Runs a case. */
export async function runOnVm(test: StateTest, given: StateTestCase, makeEvm: MakeEvm): Promise<CaseEnd> {
  const input = readStateTestCase(test, given)
  const name = input.rules.name
  const hardfork = HARDFORKS[name] ?? (name as Hardfork)
  const chain = { ...Mainnet, chainId: Number(input.env.chainId) }
  const common = new Common({ chain, hardfork, customCrypto: { kzg: NO_KZG } })
  const stateManager = new MerkleStateManager({ common })
  await fill(stateManager, test)
  const blockchain = new FixtureChain()
  const evm = await makeEvm({ common, stateManager, blockchain })
  const vm = await createVM({ common, stateManager, blockchain: blockchain as never, ...(evm && { evm }) })
  const begun = performance.now()
  try {
    const tx = transactionOf(common, input)
    const block = createBlock(blockOf(input), { common, freeze: false })
    const result = await runTx(vm, { tx, block, skipHardForkValidation: true })
    const ms = performance.now() - begun
    return { stateRoot: bytesToHex(await stateManager.getStateRoot()), result, ms }
  } catch (error) {
    if (!(error instanceof Error) || !isRefusal(error)) throw error
    const stateRoot = bytesToHex(await stateManager.getStateRoot())
    return { stateRoot, refused: error.message, ms: performance.now() - begun }
  }
}

/** What EthereumJS throws for a transaction that it does not take; anything else is a failure. */
function isRefusal(error: Error): boolean {
  return error.message.includes('(vm hf=') || error.message.includes('tx type=') || error.message.includes('Invalid')
}

async function fill(state: MerkleStateManager, { pre }: StateTest): Promise<void> {
  for (const [name, { nonce, balance, codeHash, storage = [] }] of pre.accounts) {
    const address = createAddressFromString(name)
    await state.putAccount(address, new Account(nonce, balance))
    const code = pre.codes.get(codeHash)
    if (code) await state.putCode(address, code)
    for (const [key, value] of storage) await state.putStorage(address, wordOf(key), unpadBytes(wordOf(value)))
  }
  await state.flush()
}

function wordOf(value: bigint): Uint8Array {
  const digits = value.toString(16)
  return setLengthLeft(hexToBytes(`0x${digits.length % 2 ? '0' : ''}${digits}`), 32)
}

function transactionOf(common: Common, { transaction, sender }: StateTestInput): TypedTransaction {
  const tx = createTxFromRLP(transaction, { common, freeze: false })
  if (sender) tx.getSenderAddress = () => createAddressFromString(sender)
  return tx
}

function blockOf({ env, rules }: StateTestInput): Parameters<typeof createBlock>[0] {
  const isMerged = rules.rules >= abi.PARIS
  return {
    header: {
      number: env.number,
      timestamp: env.timestamp,
      gasLimit: env.gasLimit,
      coinbase: createAddressFromString(env.coinbase),
      ...(isMerged ? { mixHash: wordOf(env.random), difficulty: 0n } : { difficulty: env.random }),
      ...(rules.rules >= abi.LONDON && { baseFeePerGas: env.baseFee }),
      ...(rules.rules >= abi.CANCUN && { excessBlobGas: env.excessBlobGas }),
    },
  }
}
