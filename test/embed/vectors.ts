// `npm run vectors` writes vectors.json: the cases of cases.ts as bytes of the ABI, and the lines that Node gives for them (host.mjs). Every other
// host replays the file and has to give the same lines, byte for byte. A vector:
//
//   fork, options [option, value][], environment (ENV_*), supplied (records given before), state (records that answer questions)
//   precompiles [address, input, output or null][], signers { hash r s parity: address }, contracts (addresses of the contract that each host has of
//   its own: see host.mjs)
//   runs: begin 'call' | 'tx' | 'block', data (the struct and what it points to), pointers (offsets in it that hold addresses, counted from its
//   beginning), end 'commit' | 'discard' | 'root'
//
// All bytes are hexadecimal. Where no record of the state answers, there is nothing: no account, zero, no code.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as abi from '../../src/abi.ts'
import { putAccount, putBlock, putBlockHash, putCode, putEnv, putSlot, Writer } from '../../src/abi.ts'
import { forkByName } from '../../src/chain/forks.ts'
import { Crypto } from '../../src/crypto/crypto.ts'
import { type Address, type Block, createEnv, EMPTY_CODE_HASH, type Hex } from '../../src/index.ts'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import { addressOf, CALLER, CONTRACT, hashOf } from '../core/machine.ts'
import { wasmBytes } from '../setup/weft.ts'
import { CASES, type Case, type Run } from './cases.ts'
import { replay } from './host.mjs'

export interface Vector {
  name: string
  fork: number
  options: readonly (readonly [number, number])[]
  environment: string
  supplied: string
  state: string[]
  contracts: string
  precompiles: [address: number, input: string, output: string | null][]
  signers: Record<string, string>
  runs: { begin: 'call' | 'tx' | 'block'; data: string; pointers: number[]; end: 'commit' | 'discard' | 'root' }[]
  lines: string[]
}

/** Where the vectors are committed. */
export const VECTORS_PATH: string = fileURLToPath(new URL('vectors.json', import.meta.url))

/** The committed vectors. */
export const readVectors = (): { vectors: Vector[] } => JSON.parse(readFileSync(VECTORS_PATH, 'utf8'))

/** The text of the file, with results as the SIMD build has them in Node. */
export async function makeVectors(): Promise<string> {
  const module = await WebAssembly.compile(wasmBytes('simd'))
  const vectors: Vector[] = []
  for (const given of CASES) {
    const vector = layOut(given)
    await answerAll(module, vector)
    vector.lines = await replay(module, { vectors: [vector] })
    expectOf(given, vector.lines)
    vectors.push(vector)
  }
  return `${JSON.stringify({ abi: abi.ABI_VERSION, vectors }, undefined, 1)}\n`
}

// ---- layout -----------------------------------------------------------------------------------------------------------------------

const bare = (bytes: Uint8Array): string => hexOf(bytes).slice(2)

/** What is written, as hexadecimal digits. */
function written(write: (writer: Writer) => void): string {
  const writer = new Writer()
  write(writer)
  return bare(writer.bytes)
}

function layOut(given: Case): Vector {
  const { name, fork, options = [], contracts = [], isComplete = false } = given
  const state = recordsOf(given)
  return {
    name,
    fork: forkByName(fork).rules,
    options,
    environment: written(writer => putEnv(writer, envOf(given), abi.ENV_STRUCT_SIZE, isComplete)),
    supplied: isComplete ? state.join('') : '',
    state: isComplete ? [] : state,
    contracts: contracts.map(address => address.slice(2)).join(''),
    precompiles: [],
    signers: {},
    runs: given.runs.map(run => layOutRun(given, run)),
    lines: [],
  }
}

const envOf = ({ fork }: Case): Block['env'] =>
  createEnv(fork, {
    number: 20n,
    timestamp: 1_700_000_000n,
    gasLimit: 30_000_000n,
    baseFee: 7n,
    coinbase: addressOf(0xc0ba5e),
    random: 0x1234n,
    parentHash: hashOf(Uint8Array.of(19)),
  })

function recordsOf({ world }: Case): string[] {
  const records: string[] = []
  const put = (write: (writer: Writer) => void): void => void records.push(written(write))
  for (const [address, entry] of Object.entries(world)) {
    const { code, nonce = 1n, balance = 0n, storage = [] } = entry
    const codeHash = code ? hashOf(code) : EMPTY_CODE_HASH
    put(writer => putAccount(writer, address as Address, { nonce, balance, codeHash }))
    for (const [key, value] of storage) put(writer => putSlot(writer, address as Address, key, value))
    if (code) put(writer => putCode(writer, codeHash, code))
  }
  for (const number of [18n, 17n]) put(writer => putBlockHash(writer, number, hashOf(Uint8Array.of(Number(number)))))
  return records
}

function layOutRun(given: Case, run: Run): Vector['runs'][number] {
  const { end = 'commit' } = run
  if ('block' in run) return { begin: 'block', end, ...twice(base => block(given, run, base)) }
  if ('tx' in run) return { begin: 'tx', end, data: transaction(run.tx), pointers: [abi.TX_RLP] }
  return { begin: 'call', end, data: message(run.call), pointers: [abi.CALL_INPUT] }
}

/** Laid out for two addresses: what differs are pointers. */
function twice(layOut: (base: number) => Writer): { data: string; pointers: number[] } {
  const bytes = layOut(0).bytes
  const other = layOut(0x01000000).bytes
  const pointers: number[] = []
  for (let i = 0; i < bytes.length; i += 4) if (bytes[i + 3] !== other[i + 3]) pointers.push(i)
  return { data: bare(bytes), pointers }
}

function block(given: Case, { block, withdrawals = 0 }: Extract<Run, { block: Uint8Array[] }>, base: number): Writer {
  const writer = new Writer()
  const input: Block = {
    env: envOf(given),
    transactions: block,
    withdrawals: Array.from({ length: withdrawals }, (_, i) => {
      return { index: BigInt(i), validatorIndex: 5n, address: addressOf(0x5000 + i), amount: 3n }
    }),
    uncles: [],
    unpaidUncles: 0,
  }
  putBlock(writer, input, base, { complete: given.isComplete ?? false, rewards: false, rootReceipts: false })
  return writer
}

function transaction(rlp: Uint8Array): string {
  const writer = new Writer()
  writer.room(abi.TX_STRUCT_SIZE)
  writer.u32(abi.TX_SIZE, abi.TX_STRUCT_SIZE)
  writer.u32(abi.TX_RLP, abi.TX_STRUCT_SIZE)
  writer.u32(abi.TX_RLP_LENGTH, rlp.length)
  writer.put(writer.room(rlp.length), rlp)
  return bare(writer.bytes)
}

function message(call: Extract<Run, { call: unknown }>['call']): string {
  const { to = CONTRACT, creates = false, input = new Uint8Array(), gas = 200_000n, value = 0n, isStatic } = call
  const writer = new Writer()
  writer.room(abi.CALL_STRUCT_SIZE)
  writer.u32(abi.CALL_SIZE, abi.CALL_STRUCT_SIZE)
  writer.u32(abi.CALL_FLAGS, (creates ? abi.CALL_CREATE : 0) | (isStatic ? abi.CALL_STATIC : 0))
  writer.u64(abi.CALL_GAS, gas)
  writer.u32(abi.CALL_INPUT, abi.CALL_STRUCT_SIZE)
  writer.u32(abi.CALL_INPUT_LENGTH, input.length)
  writer.hex(abi.CALL_SENDER, CALLER)
  if (!creates) writer.hex(abi.CALL_RECIPIENT, to)
  writer.word(abi.CALL_VALUE, value)
  writer.put(writer.room(input.length), input)
  return bare(writer.bytes)
}

// ---- answers of the curves, and checks ------------------------------------------------------------------------------------------------

/** Replays the vector and keeps every signer and every output of a precompiled contract that it asks for. */
async function answerAll(module: WebAssembly.Module, vector: Vector): Promise<void> {
  const crypto = new Crypto()
  for (const group of ['secp256k1', 'bn254', 'bls12-381', 'p256'] as const) await crypto.load(group)
  await replay(module, { vectors: [vector] }, () => ({
    precompile: (address, input) => {
      const output = crypto.precompile(address, hexBytes(`0x${input}`)!)
      const text = output ? bare(output) : null
      vector.precompiles.push([address, input, text])
      return text
    },
    signer: signature => {
      const part = (i: number): Uint8Array => hexBytes(`0x${signature.slice(i * 64, i * 64 + 64)}` as Hex)!
      const signer = crypto.recover(part(0), part(1), part(2), signature.endsWith('1') ? 1 : 0)
      if (signer) vector.signers[signature] = bare(signer)
      return vector.signers[signature]
    },
  }))
}

/** Throws where a run did not come to what the case says. */
function expectOf({ name, runs }: Case, lines: readonly string[]): void {
  for (const [i, { status, rounds }] of runs.entries()) {
    const piece = (of: string): string =>
      lines
        .find(line => line.startsWith(`${name}/${i} ${of} `))!
        .split(' ')
        .at(-1)!
    const found = Buffer.from(piece('outcome'), 'hex').readInt32LE(abi.OUTCOME_STATUS)
    const asked = piece('asked').length / 2
    if (found === status && asked === rounds) continue
    throw new Error(`${name}, run ${i}: status ${found} after ${asked} rounds, expected ${status} after ${rounds}`)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(VECTORS_PATH, await makeVectors())
