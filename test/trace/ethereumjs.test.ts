// Every step against the step events of @ethereumjs/evm: pc, opcode, gas, depth, refund counter and the whole stack, on the pinned
// programs and on contracts of the data folder's benchmarks. Two differences are none of the EVM's: EthereumJS has no step for the
// STOP beyond the end of code, and tells the refund counter of SSTORE after it. As goevmlab does, STOP is left out on both sides.

import { join } from 'node:path'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM } from '@ethereumjs/evm'
import { SimpleStateManager } from '@ethereumjs/statemanager'
import { Account, createAddressFromString } from '@ethereumjs/util'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { createWeft, MemorySource, type Step, type Tracer, type Weft } from '../../src/index.ts'
import { readJsonFile } from '../../src/input/file.node.ts'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import type { Address } from '../../src/types.ts'
import { describeWithData } from '../setup/data.ts'
import { wasmBytes } from '../setup/weft.ts'
import { PROGRAMS, type ProgramName } from './programs.ts'

const CALLER: Address = `0x${'ca'.repeat(20)}`
const TARGET: Address = `0x${'00'.repeat(18)}c0de`
/** Steps compared at most; the loops of the benchmarks repeat themselves. */
const MOST_STEPS = 20_000
const STOP = 0x00
const SSTORE = 0x55

interface Message {
  codes: readonly (readonly [Address, Uint8Array])[]
  input: Uint8Array
  gas: bigint
}

interface JsStep {
  pc: number
  opcode: { code: number }
  gasLeft: bigint
  gasRefund: bigint
  depth: number
  stack: bigint[]
}

let weft: Weft
beforeAll(async () => {
  weft = await createWeft({ wasm: wasmBytes('simd') })
})

async function weftSteps({ codes, input, gas }: Message): Promise<string[]> {
  const lines: string[] = []
  const tracer: Tracer = {
    switches: { steps: true, stack: true },
    step: (step: Step) => {
      if (lines.length >= MOST_STEPS || step.opcode === STOP) return
      const stack = Array.from({ length: step.stackItems }, (_, i) => step.stackItem(i))
      lines.push(lineOf(step.pc, step.opcode, step.gas, step.refund, step.depth, stack))
    },
  }
  const source = new MemorySource({
    accounts: codes.map(([address, code]) => [address, { nonce: 0n, balance: 1n, codeHash: hashOf(code) }] as const),
    codes: codes.map(([, code]) => [hashOf(code), code] as const),
    complete: true,
  })
  await weft.call({ from: CALLER, to: codes[0]![0], input, gas, fork: 'cancun', source, tracer })
  return lines
}

async function ethereumJsSteps({ codes, input, gas }: Message): Promise<string[]> {
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Cancun })
  const stateManager = new SimpleStateManager({ common })
  for (const [name, code] of codes) {
    const address = createAddressFromString(name)
    await stateManager.putAccount(address, new Account(0n, 1n))
    await stateManager.putCode(address, code)
  }
  const evm = await createEVM({ common, stateManager })
  const lines: string[] = []
  evm.events!.on('step', ({ pc, opcode, gasLeft, gasRefund, depth, stack }: JsStep, next?: () => void) => {
    if (lines.length < MOST_STEPS && opcode.code !== STOP)
      lines.push(lineOf(pc, opcode.code, gasLeft, gasRefund, depth, stack))
    next?.()
  })
  await evm.runCall({
    caller: createAddressFromString(CALLER),
    to: createAddressFromString(codes[0]![0]),
    data: input,
    gasLimit: gas,
    value: 0n,
  })
  return lines
}

function lineOf(pc: number, opcode: number, gas: bigint, refund: bigint, depth: number, stack: bigint[]): string {
  const counter = opcode === SSTORE ? '' : ` refund ${refund}`
  return `${depth} ${pc} ${opcode.toString(16)} gas ${gas}${counter} [${stack.map(item => item.toString(16))}]`
}

function hashOf(code: Uint8Array): `0x${string}` {
  return hexOf(keccak_256(code))
}

async function compare(message: Message): Promise<void> {
  const [ours, theirs] = [await weftSteps(message), await ethereumJsSteps(message)]
  const first = ours.findIndex((line, i) => line !== theirs[i])
  expect(ours.slice(Math.max(0, first - 3), first + 1)).toEqual(theirs.slice(Math.max(0, first - 3), first + 1))
  expect(ours.length).toBe(theirs.length)
}

describe('steps of small programs', () => {
  it.each(Object.keys(PROGRAMS) as ProgramName[])('%s', async name => {
    const code = hexBytes(`0x${PROGRAMS[name]}`)!
    await compare({ codes: [[TARGET, code]], input: new Uint8Array(), gas: 100_000n })
  })
})

describeWithData('evm-bench', 'steps of benchmarks', folder => {
  it.each(['erc20.transfer', 'micro.call', 'micro.sload-sstore', 'micro.exp', 'snailtracer'])('%s', async name => {
    const file = readJsonFile(join(folder, `${name}.json`)) as {
      code: `0x${string}`
      calldata: `0x${string}`
      accounts?: Record<Address, { code: `0x${string}` }>
    }
    const others = Object.entries(file.accounts ?? {}).map(
      ([address, { code }]) => [address as Address, hexBytes(code)!] as const,
    )
    // Gas for some twenty thousand steps, so that EthereumJS does not run the whole benchmark.
    await compare({
      codes: [[TARGET, hexBytes(file.code)!], ...others],
      input: hexBytes(file.calldata)!,
      gas: 150_000n,
    })
  })
})
