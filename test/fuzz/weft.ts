// A fuzz case on Weft, in four ways that have to agree: scalar or SIMD build, with the whole state supplied beforehand or asked for
// piece by piece. The second way stops and resumes the interpreter at every first access, which whole-state tests never do.

import { putCode } from '../../src/abi.ts'
import { createEnv } from '../../src/chain/env.ts'
import { findFork } from '../../src/chain/forks.ts'
import type { Core } from '../../src/core/core.ts'
import { drive } from '../../src/core/drive.ts'
import { compileCore, instantiateCore } from '../../src/core/load.ts'
import { Crypto } from '../../src/crypto/crypto.ts'
import { rejectionOf } from '../../src/errors.ts'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import { encodeTransaction } from '../../src/input/transaction.ts'
import { MemorySource } from '../../src/state/memory.ts'
import { listedState } from '../../src/state/preload.ts'
import { Eip3155Tracer } from '../../src/trace/eip3155.ts'
import { TraceSession } from '../../src/trace/session.ts'
import type { Tracer } from '../../src/trace/tracer.ts'
import { type Address, type BlockEnv, EMPTY_CODE_HASH, type Hex, type Source } from '../../src/types.ts'
import { accountText, type CaseResult, type CaseTransaction, type Ending, type FuzzCase, logText } from './case.ts'
import { blockHashOf } from './env.ts'
import { endLine, type Trace } from './trace.ts'

/** A core whose memory has grown beyond this is replaced. */
const LARGE = 128 * 1024 * 1024

/** One build. */
export class WeftRunner {
  readonly build: string
  readonly #module: WebAssembly.Module
  readonly #crypto: Crypto
  #core: Core | undefined

  constructor(build: string, module: WebAssembly.Module, crypto: Crypto) {
    this.build = build
    this.#module = module
    this.#crypto = crypto
  }

  /** Compiles a build; cores share the libraries of `crypto`. */
  static async create(build: string, wasm: BufferSource, crypto: Crypto = new Crypto()): Promise<WeftRunner> {
    return new this(build, await compileCore(wasm), crypto)
  }

  /** Runs the case; `asked`: no state is supplied before the core asks for it; with `trace`, every opcode goes to it. */
  async run(given: FuzzCase, asked: boolean, trace?: Trace): Promise<CaseResult> {
    if (this.#core && this.#core.memorySize > LARGE) this.#core = undefined
    this.#core ??= await instantiateCore(this.#module)
    try {
      return await this.#run(this.#core, given, asked, trace)
    } catch (error) {
      this.#core = undefined
      throw error
    }
  }

  async #run(core: Core, given: FuzzCase, asked: boolean, trace: Trace | undefined): Promise<CaseResult> {
    const env = envOf(given)
    core.reset(env.fork)
    const { source, codes } = stateOf(given, core)
    if (!asked) {
      const writer = listedState(source)!
      for (const [hash, code] of codes) putCode(writer, hash, code)
      core.supply(writer)
    }
    core.setBlock(env, !asked)
    const endings: Ending[] = []
    for (const [i, transaction] of given.transactions.entries()) {
      const session = trace && new TraceSession(core, env.fork, [stepsTo(trace)])
      core.beginTx(encoded(transaction), { sender: transaction.sender })
      await drive(core, { source: asked ? withoutList(source) : source, crypto: this.#crypto }, session?.hooks)
      const ending = endingOf(core)
      trace?.add(endLine(i, ending))
      endings.push(ending)
      core.commit()
    }
    source.apply(core.diff())
    return { endings, state: textsOf(source) }
  }
}

/** EIP-3155 lines of opcodes, without the line that closes a transaction. */
function stepsTo(trace: Trace): Tracer {
  return new Eip3155Tracer(line => {
    if (line.startsWith('{"pc"')) trace.add(line)
  })
}

function endingOf(core: Core): Ending {
  const result = core.outcome()
  if (!('outcome' in result)) {
    const reason = rejectionOf(result.rejection).code
    return { status: 'rejected', reason, gasUsed: 0n, output: '0x', logs: [], created: '' }
  }
  const { status, haltReason = '', gasUsed, output, logs, createdAddress } = result.outcome
  return {
    status,
    reason: haltReason,
    gasUsed,
    output: hexOf(output),
    logs: logs.map(log => logText(log.address, log.topics, hexOf(log.data))),
    created: createdAddress ?? '',
  }
}

function envOf({ fork, env }: FuzzCase): BlockEnv {
  const number = BigInt(env.number)
  return createEnv(findFork(fork)!, {
    number,
    timestamp: BigInt(env.timestamp),
    gasLimit: BigInt(env.gasLimit),
    coinbase: env.coinbase,
    baseFee: BigInt(env.baseFee),
    random: BigInt(env.random),
    excessBlobGas: BigInt(env.excessBlobGas),
    parentHash: blockHashOf(number - 1n),
  })
}

function stateOf({ accounts }: FuzzCase, core: Core): { source: MemorySource; codes: Map<Hex, Uint8Array> } {
  const codes = new Map<Hex, Uint8Array>()
  const entries = Object.entries(accounts) as [Address, FuzzCase['accounts'][Address]][]
  const listed = entries.map(([address, { nonce, balance, code, storage }]) => {
    const bytes = hexBytes(code)!
    const codeHash = bytes.length ? hexOf(core.keccak(bytes)) : EMPTY_CODE_HASH
    if (bytes.length) codes.set(codeHash, bytes)
    const slots = Object.entries(storage).map(([key, value]) => [BigInt(key), BigInt(value)] as const)
    return [address, { nonce: BigInt(nonce), balance: BigInt(balance), codeHash, storage: slots }] as const
  })
  const source = new MemorySource({ accounts: listed, codes })
  source.blockHash = blockHashOf
  return { source, codes }
}

/** The same source, for a core that is to ask. */
function withoutList(source: MemorySource): Source {
  return {
    account: address => source.account(address),
    code: hash => source.code(hash),
    storage: (address, key) => source.storage(address, key),
    blockHash: number => source.blockHash(number),
  }
}

function textsOf(source: MemorySource): Map<Address, string> {
  const texts = new Map<Address, string>()
  for (const { address, account, storage } of source.entries()) {
    texts.set(address, accountText(account.nonce, account.balance, account.codeHash, storage))
  }
  return texts
}

/** The transaction with a signature that nobody looks at, since the sender is given. */
export function encoded(transaction: CaseTransaction): Uint8Array {
  const { type, to, fee, tip, accessList, blobFee, blobHashes, authorizations } = transaction
  const json = {
    type: `0x${type}`,
    chainId: '0x1',
    nonce: transaction.nonce,
    gas: transaction.gas,
    value: transaction.value,
    input: transaction.data,
    ...(to !== undefined && { to }),
    ...(type < 2 ? { gasPrice: fee } : { maxFeePerGas: fee, maxPriorityFeePerGas: tip }),
    ...(type > 0 && { accessList }),
    ...(type === 3 && { maxFeePerBlobGas: blobFee, blobVersionedHashes: blobHashes }),
    ...(type === 4 && { authorizationList: authorizations }),
    v: type === 0 ? '0x1b' : '0x0',
    r: '0x1',
    s: '0x1',
  }
  return encodeTransaction(json, { file: 'case', path: 'transaction' })
}
