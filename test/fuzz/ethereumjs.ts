// A fuzz case on EthereumJS (vm.runTx): the independent oracle. One VM per fork is kept over many cases, because building its
// opcode tables takes longer than most cases; after anything thrown in the middle of a run it is built anew.

import { type Block, createBlock } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createTx, type TypedTransaction } from '@ethereumjs/tx'
import { Account, bytesToHex, createAddressFromString, hexToBytes, type KZG, setLengthLeft } from '@ethereumjs/util'
import { createVM, type RunTxResult, runTx, type VM } from '@ethereumjs/vm'
import type { Address, ForkName, Hex } from '../../src/types.ts'
import { accountText, type CaseResult, type CaseTransaction, type Ending, type FuzzCase, logText } from './case.ts'
import { blockHashOf } from './env.ts'
import { OracleState } from './oracle-state.ts'
import { endLine, type JsStep, jsLine, type Trace } from './trace.ts'

const HARDFORKS: Readonly<Partial<Record<ForkName, Hardfork>>> = {
  frontier: Hardfork.Chainstart,
  homestead: Hardfork.Homestead,
  tangerineWhistle: Hardfork.TangerineWhistle,
  spuriousDragon: Hardfork.SpuriousDragon,
  byzantium: Hardfork.Byzantium,
  constantinople: Hardfork.Constantinople,
  petersburg: Hardfork.Petersburg,
  istanbul: Hardfork.Istanbul,
  berlin: Hardfork.Berlin,
  london: Hardfork.London,
  paris: Hardfork.Paris,
  shanghai: Hardfork.Shanghai,
  cancun: Hardfork.Cancun,
  prague: Hardfork.Prague,
  osaka: Hardfork.Osaka,
}

/** The forks that both engines have, oldest first. */
export const FORK_NAMES: readonly ForkName[] = Object.keys(HARDFORKS) as ForkName[]

/** Blob transactions demand a library; the cases hold no proof that is worth checking. */
const NO_KZG = {} as KZG

interface Machine {
  vm: VM
  state: OracleState
  common: Common
}

/** EthereumJS on all forks. */
export class EthereumJsRunner {
  readonly #machines = new Map<ForkName, Machine>()

  /** Runs the case; with `trace`, every opcode goes to it. */
  async run(given: FuzzCase, trace?: Trace): Promise<CaseResult> {
    const machine = await this.#machine(given.fork)
    await fill(machine.state, given)
    const block = blockOf(machine.common, given)
    const stop = trace && listen(machine.vm, trace)
    const endings: Ending[] = []
    for (const [i, transaction] of given.transactions.entries()) {
      const ending = await this.#runTx(given, machine, block, transaction)
      trace?.add(endLine(i, ending))
      endings.push(ending)
    }
    stop?.()
    return { endings, state: textsOf(machine.state) }
  }

  async #machine(fork: ForkName): Promise<Machine> {
    let machine = this.#machines.get(fork)
    if (machine === undefined) {
      const common = new Common({ chain: Mainnet, hardfork: HARDFORKS[fork]!, customCrypto: { kzg: NO_KZG } })
      const state = new OracleState()
      const blockchain = {
        getBlock: async (number: number) => ({ hash: () => hexToBytes(blockHashOf(BigInt(number))) }),
        putBlock: async () => {},
        shallowCopy: () => blockchain,
      }
      const vm = await createVM({ common, stateManager: state, blockchain: blockchain as never })
      machine = { vm, state, common }
      this.#machines.set(fork, machine)
    }
    return machine
  }

  async #runTx(given: FuzzCase, machine: Machine, block: Block, transaction: CaseTransaction): Promise<Ending> {
    let tx: TypedTransaction
    try {
      tx = transactionOf(machine.common, transaction)
    } catch (error) {
      return rejected(error)
    }
    try {
      return endingOf(given, transaction, await runTx(machine.vm, { tx, block }))
    } catch (error) {
      if (!isRefusal(error)) this.#machines.delete(given.fork)
      return rejected(error)
    }
  }
}

/** What runTx throws for a transaction that it does not take; anything else is a failure of EthereumJS itself. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.message.includes('(vm hf=')
}

function rejected(error: unknown): Ending {
  const reason = error instanceof Error ? error.message.split(' (vm hf=')[0]! : String(error)
  return { status: 'rejected', reason, gasUsed: 0n, output: '0x', logs: [], created: '' }
}

function endingOf(given: FuzzCase, transaction: CaseTransaction, result: RunTxResult): Ending {
  const { execResult, totalGasSpent, createdAddress } = result
  let error: string | undefined = execResult.exceptionError?.error
  // Frontier: a creation that cannot pay for its code succeeds without code.
  if (given.fork === 'frontier' && error === 'code store out of gas') error = undefined
  // Its curve precompiles fail with `revert`, although they take all gas.
  if (error === 'revert' && transaction.to !== undefined && BigInt(transaction.to) < 0x1000n) error = 'precompile'
  const status = error === undefined ? 'success' : error === 'revert' ? 'revert' : 'halt'
  const hasOutput = status !== 'halt' && execResult.exceptionError?.error !== 'code store out of gas'
  return {
    status,
    reason: error ?? '',
    gasUsed: totalGasSpent,
    output: hasOutput ? bytesToHex(execResult.returnValue ?? new Uint8Array()) : '0x',
    logs: (execResult.logs ?? []).map(([address, topics, data]) =>
      logText(
        bytesToHex(address),
        topics.map(topic => bytesToHex(topic)),
        bytesToHex(data),
      ),
    ),
    created: transaction.to === undefined && status === 'success' ? (createdAddress?.toString() ?? '') : '',
  }
}

async function fill(state: OracleState, { accounts }: FuzzCase): Promise<void> {
  state.clear()
  for (const [name, { nonce, balance, code, storage }] of Object.entries(accounts)) {
    const address = createAddressFromString(name)
    await state.putAccount(address, new Account(BigInt(nonce), BigInt(balance)))
    if (code !== '0x') await state.putCode(address, hexToBytes(code))
    for (const [key, value] of Object.entries(storage)) {
      await state.putStorage(address, word(key as Hex), hexToBytes(even(value)))
    }
  }
}

const even = (hex: Hex): Hex => (hex.length % 2 ? `0x0${hex.slice(2)}` : hex)
const word = (hex: Hex): Uint8Array => setLengthLeft(hexToBytes(even(hex)), 32)

function blockOf(common: Common, { env }: FuzzCase): Block {
  const merged = common.gteHardfork(Hardfork.Paris)
  const header = {
    number: env.number,
    timestamp: env.timestamp,
    gasLimit: env.gasLimit,
    coinbase: env.coinbase,
    ...(merged ? { mixHash: word(env.random), difficulty: 0n } : { difficulty: BigInt(env.random) }),
    ...(common.gteHardfork(Hardfork.London) && { baseFeePerGas: BigInt(env.baseFee) }),
    ...(common.gteHardfork(Hardfork.Cancun) && { excessBlobGas: BigInt(env.excessBlobGas) }),
  }
  return createBlock({ header }, { common, freeze: false, skipConsensusFormatValidation: true })
}

function transactionOf(common: Common, given: CaseTransaction): TypedTransaction {
  const { type, to, fee, tip, accessList, blobFee, blobHashes, authorizations } = given
  const data = {
    type,
    nonce: BigInt(given.nonce),
    gasLimit: BigInt(given.gas),
    value: BigInt(given.value),
    data: given.data,
    ...(to !== undefined && { to }),
    ...(type > 0 && { chainId: 1n, accessList }),
    ...(type < 2 ? { gasPrice: BigInt(fee) } : { maxFeePerGas: BigInt(fee), maxPriorityFeePerGas: BigInt(tip) }),
    ...(type === 3 && { maxFeePerBlobGas: BigInt(blobFee), blobVersionedHashes: blobHashes }),
    ...(type === 4 && { authorizationList: authorizations }),
  }
  const tx = createTx(data as never, { common, freeze: false })
  const sender = createAddressFromString(given.sender)
  tx.getSenderAddress = () => sender
  return tx
}

function textsOf({ accounts, storage }: OracleState): Map<Address, string> {
  const texts = new Map<Address, string>()
  for (const [address, { nonce, balance, codeHash }] of accounts) {
    const slots = [...(storage.get(address) ?? [])].map(
      ([key, value]) => [BigInt(`0x${key}`), BigInt(bytesToHex(value))] as const,
    )
    texts.set(address as Address, accountText(nonce, balance, bytesToHex(codeHash), slots))
  }
  return texts
}

/** Records every opcode until the function that is returned is called. */
function listen(vm: VM, trace: Trace): () => void {
  const events = vm.evm.events!
  const record = (step: JsStep, next?: () => void): void => {
    trace.add(jsLine(step))
    next?.()
  }
  events.on('step', record as never)
  return () => {
    events.off('step', record as never)
  }
}
