// What tracers are told beside the formats: filters, switches, the transactions of a block, an error in a tracer.
import { beforeAll, expect, it } from 'vitest'
import { SAMPLE_PATH } from '../../bench/blocks/sample.ts'
import { opcodeByName, opcodeName } from '../../src/chain/opcodes.ts'
import {
  type Address,
  type CallFrame,
  CallTreeTracer,
  createWeft,
  InputError,
  MemorySource,
  type Prestate,
  type PrestateAccount,
  PrestateTracer,
  type Step,
  type Tracer,
  type Weft,
} from '../../src/index.ts'
import { blockFileReader } from '../../src/input/file.node.ts'
import { wasmBytes } from '../setup/weft.ts'
import { runProgram } from './programs.ts'

let weft: Weft
beforeAll(async () => {
  weft = await createWeft({ wasm: wasmBytes('simd') })
})

/** The steps of a program as `pc:opcode`. */
async function stepsOf(switches: Tracer['switches']): Promise<string[]> {
  const seen: string[] = []
  const tracer: Tracer = {
    switches: { steps: true, ...switches },
    step: (step: Step) => seen.push(`${step.pc}:${opcodeName(step.opcode)}:${step.stackItems}`) as never,
  }
  await runProgram(weft, 'storage', tracer)
  return seen
}

it('an opcode filter leaves the other steps out, by name or byte', async () => {
  expect(await stepsOf({ opcodes: ['SSTORE', 0x54] })).toEqual(['4:SSTORE:0', '7:SLOAD:0', '13:SSTORE:0'])
  expect(await stepsOf({ opcodes: [] })).toEqual([])
  await expect(stepsOf({ opcodes: ['SSTOR'] })).rejects.toThrow(InputError)
})

it('the stack can be bounded from the top', async () => {
  expect((await stepsOf({ stack: 1 }))[2]).toBe('4:SSTORE:1')
  expect((await stepsOf({ stack: true }))[2]).toBe('4:SSTORE:2')
  expect((await stepsOf({ stack: 5 }))[2]).toBe('4:SSTORE:2')
})

it('names and bytes of opcodes are each other’s inverse', () => {
  for (let opcode = 0; opcode < 256; opcode++) {
    const name = opcodeName(opcode)
    if (!name.endsWith('not defined')) expect(opcodeByName(name), name).toBe(opcode)
  }
  expect([opcodeName(0x60), opcodeName(0x9f), opcodeName(0xa0)]).toEqual(['PUSH1', 'SWAP16', 'LOG0'])
  expect([opcodeName(0x44, 'london'), opcodeName(0x44, 'paris')]).toEqual(['DIFFICULTY', 'PREVRANDAO'])
  expect(opcodeName(0x0c)).toBe('opcode 0xc not defined')
})

it('what a tracer throws reaches the caller, and the engine goes on', async () => {
  const tracer: Tracer = {
    switches: { steps: true },
    step: () => {
      throw new RangeError('enough')
    },
  }
  await expect(runProgram(weft, 'storage', tracer)).rejects.toThrow('enough')
  expect(await stepsOf({ opcodes: ['SLOAD'] })).toEqual(['7:SLOAD:0'])
})

it('every transaction of a block has its own tree, whose gas is that of its receipt', async () => {
  const { block, state } = blockFileReader()(SAMPLE_PATH)
  const tracers = block.transactions.map(() => new CallTreeTracer({ withLog: true }))
  const outcome = await weft.replayBlock(block, { source: new MemorySource(state), tracer: index => tracers[index] })
  for (const [i, receipt] of outcome.receipts.entries()) {
    const tree = tracers[i]!.result!
    expect(tree.from).toBe(receipt.sender)
    expect(BigInt(tree.gasUsed)).toBe(receipt.gasUsed)
    expect(tree.error === undefined).toBe(receipt.status === 'success')
    expect(logsOf(tree)).toBe(receipt.logs.length)
  }
})

it('one transaction of a block can be traced alone', async () => {
  const { block, state } = blockFileReader()(SAMPLE_PATH)
  const all = new Map<number, PrestateTracer>()
  const source = new MemorySource(state)
  await weft.replayBlock(block, {
    source,
    tracer: index => {
      const tracer = new PrestateTracer()
      all.set(index, tracer)
      return tracer
    },
  })
  const one = new PrestateTracer()
  const outcome = await weft.replayBlock(block, { source, tracer: index => (index === 3 ? one : undefined) })
  expect(one.result).toEqual(all.get(3)!.result)
  expect(Object.keys(one.result)).toContain(outcome.receipts[3]!.sender)
})

it('what a transaction finds is what those before it left', async () => {
  const { block, state } = blockFileReader()(SAMPLE_PATH)
  const tracers = block.transactions.map(() => new PrestateTracer({ diffMode: true }))
  const { receipts } = await weft.replayBlock(block, {
    source: new MemorySource(state),
    tracer: index => tracers[index],
  })
  const left = new Map<string, PrestateAccount>()
  let found = 0
  for (const [i, tracer] of tracers.entries()) {
    const { pre, post } = tracer.result as { pre: Prestate; post: Prestate }
    expect(Object.keys(post), `transaction ${i}`).toContain(receipts[i]!.sender)
    for (const [address, before] of Object.entries(pre) as [Address, PrestateAccount][]) {
      const last = left.get(address)
      if (last) {
        expect([before.balance, before.nonce ?? 0], `${address} in transaction ${i}`).toEqual([
          last.balance,
          last.nonce,
        ])
        found++
      }
      const { balance = before.balance!, nonce = before.nonce ?? 0 } = post[address] ?? { balance: '0x0', nonce: 0 }
      left.set(address, { balance, nonce })
    }
  }
  expect(found).toBeGreaterThan(100)
})

function logsOf({ logs = [], calls = [] }: CallFrame): number {
  return calls.reduce((sum, inner) => sum + logsOf(inner), logs.length)
}
