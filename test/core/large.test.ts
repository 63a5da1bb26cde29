// Deep and large runs, compared with @ethereumjs/evm: 1,024 nested frames, megabytes of call data, memory, return data and logs;
// and endless loops, which have to come up for air.
import { describe, expect, it } from 'vitest'
import type { Message } from '../../src/core/core.ts'
import { createEnv } from '../../src/index.ts'
import {
  assemble,
  builds,
  CALLER,
  CONTRACT,
  execute,
  executeThere,
  hashOf,
  instantiate,
  mine,
  send,
  supplyWorld,
  theirs,
  type World,
} from './machine.ts'

const SELF = BigInt(CONTRACT)
const OTHER = '0xd0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0'
/** What 1,024 levels of one 64th less (EIP-150) leave something of. */
const DEEP = 10n ** 14n
const JUMP_LOOP = (...body: (string | number | bigint)[]) => assemble('JUMPDEST', ...body, 0, 'JUMP')

/** Runs in both engines and both builds; returns what they agree on. */
async function agree(world: World, message: Partial<Message>) {
  const there = theirs(await executeThere(world, message))
  for (const build of builds) {
    const here = mine(await send(instantiate(build).core, world, message))
    // Logs and output can be megabytes: compared as they are, told as what they begin with.
    expect(here.ok).toBe(there.ok)
    expect(here.gasUsed).toBe(there.gasUsed)
    expect(here.output.slice(0, 200)).toBe(there.output.slice(0, 200))
    expect(here.output === there.output).toBe(true)
    expect(here.logs.length).toBe(there.logs.length)
    expect(here.logs.join() === there.logs.join()).toBe(true)
  }
  return there
}

/** Calls itself and returns how many frames there were below and including its own. */
function counting(opcode: string, fill: number): Uint8Array {
  const zeros = 'PUSH0 '.repeat(fill).trim()
  const operands = opcode === 'CALL' || opcode === 'CALLCODE' ? [0, 0, 0, 0, 0, SELF] : [0, 0, 0, 0, SELF]
  return assemble(
    ...(fill ? [zeros] : []),
    ...[1, 4064, 'MSTORE'], // a page of memory
    ...operands,
    ...[
      'GAS',
      opcode,
      'POP',
      'RETURNDATASIZE',
      0,
      0,
      'RETURNDATACOPY',
      0,
      'MLOAD',
      1,
      'ADD',
      0,
      'MSTORE',
      32,
      0,
      'RETURN',
    ],
  )
}

describe('deep', () => {
  it.each([
    ['CALL', 1017],
    ['CALLCODE', 0],
    ['DELEGATECALL', 100],
    ['STATICCALL', 1018],
  ] as const)('1,024 levels of %s over %i items, and no more', async (opcode, fill) => {
    const world = { [CALLER]: {}, [CONTRACT]: { code: counting(opcode, fill) } }
    const { ok, output } = await agree(world, { gas: DEEP })
    expect([ok, BigInt(output)]).toEqual([true, 1025n])
  })

  it('1,024 levels of CREATE, each telling what it made', async () => {
    const topic = (...create: (string | number)[]) =>
      assemble('CODESIZE', 0, 0, 'CODECOPY', ...create, 0, 0, 'LOG1', 'STOP')
    const world = { [CALLER]: {}, [CONTRACT]: { code: topic('CODESIZE', 0, 0, 'CREATE') } }
    const { ok, logs } = await agree(world, { gas: 10n ** 16n })
    expect([ok, logs.length]).toEqual([true, 1025])
    const world2 = { [CALLER]: {}, [CONTRACT]: { code: topic(7, 'CODESIZE', 0, 0, 'CREATE2') } }
    expect((await agree(world2, { gas: 10n ** 16n })).logs.length).toBe(1025)
  })

  it('one megabyte of call data through 40 levels', async () => {
    // The first byte of the input says how many levels are left; the last one returns the input's hash.
    const end = [0, 'CALLDATALOAD', 248, 'SHR', 'DUP1', 20, 'JUMPI']
    const hash = ['CALLDATASIZE', 0, 0, 'CALLDATACOPY', 'CALLDATASIZE', 0, 'KECCAK256', 0, 'MSTORE', 32, 0, 'RETURN']
    const code = assemble(
      ...[0, 'CALLDATALOAD', 248, 'SHR', 'DUP1'],
      ...[assemble(...end, ...hash).length, 'JUMPI'],
      ...hash,
      ...['JUMPDEST', 'CALLDATASIZE', 0, 0, 'CALLDATACOPY', 1, 'SWAP1', 'SUB', 0, 'MSTORE8'],
      ...[32, 0, 'CALLDATASIZE', 0, 0, SELF, 'GAS', 'CALL', 'POP', 32, 0, 'RETURN'],
    )
    const input = new Uint8Array(1 << 20).fill(7)
    input[0] = 40
    const { output } = await agree({ [CALLER]: {}, [CONTRACT]: { code } }, { input, gas: DEEP })
    input[0] = 0
    expect(output).toBe(hashOf(input))
  })
})

describe('large', () => {
  it.each(builds)('memory word by word until the gas ends, %s', async build => {
    const { core } = instantiate(build)
    const outcome = await execute(core, JUMP_LOOP('MSIZE', 'MLOAD', 'POP'), 30_000_000n)
    expect([outcome.haltReason, outcome.gasUsed]).toEqual(['OUT_OF_GAS', 30_000_000n])
  })

  it.each(builds)('memory up to exactly what the gas pays, %s', async build => {
    const { core } = instantiate(build)
    for (const words of [1n, 32n, 724n, 100_000n, 1_000_000n]) {
      // PUSH, MLOAD, and what EIP-150's paper says of memory.
      const price = 3n + 3n + 3n * words + (words * words) / 512n
      const code = assemble((words - 1n) * 32n || 'PUSH0', 'MLOAD')
      const push = words === 1n ? 1n : 0n // PUSH0 costs 2
      expect((await execute(core, code, price - push)).status).toBe('success')
      expect((await execute(core, code, price - push - 1n)).haltReason).toBe('OUT_OF_GAS')
    }
  })

  it.each(['RETURN', 'REVERT'])('four megabytes by %s, copied and passed on', async opcode => {
    const size = 1 << 22
    const inner = assemble(0xabcdef, size - 32, 'MSTORE', 1, 5, 'MSTORE', size, 0, opcode)
    const code = assemble(
      ...[32, size, 0, 0, 0, BigInt(OTHER), 'GAS', 'CALL', 'RETURNDATASIZE', 0, 0, 'RETURNDATACOPY'],
      ...['RETURNDATASIZE', 0, 'RETURN'],
    )
    const world = { [CALLER]: {}, [CONTRACT]: { code }, [OTHER]: { code: inner } }
    const { ok, output } = await agree(world, { gas: 10n ** 9n })
    expect([ok, output.length, output.slice(-6)]).toEqual([true, 2 + 2 * size, 'abcdef'])
  })

  it('logs until the gas ends: kept by a frame that stops in time, dropped with one that does not', async () => {
    const log = [1, 2, 3, 4, 100, 0, 'LOG4']
    const inTime = assemble('JUMPDEST', ...log, 5000, 'GAS', 'GT', 0, 'JUMPI')
    const kept = await agree({ [CALLER]: {}, [CONTRACT]: { code: inTime } }, { gas: 10_000_000n })
    expect(kept.logs.length).toBeGreaterThan(3000)
    const outer = assemble(0, 0, 'LOG0', 0, 0, 0, 0, 0, BigInt(OTHER), 9_000_000, 'CALL', 0, 0, 'LOG1')
    const world = { [CALLER]: {}, [CONTRACT]: { code: outer }, [OTHER]: { code: JUMP_LOOP(...log) } }
    const dropped = await agree(world, { gas: 10_000_000n })
    expect([dropped.ok, dropped.logs.length]).toEqual([true, 2])
  })
})

describe('endless', () => {
  const heavy = 1 << 20
  const loops: [string, Uint8Array][] = [
    ['jumps', JUMP_LOOP()],
    ['hashes of a megabyte', JUMP_LOOP(heavy, 0, 'KECCAK256', 'POP')],
    ['copies of a megabyte', JUMP_LOOP(heavy, 0, 0, 'CALLDATACOPY')],
    ['calls of an empty account', JUMP_LOOP(0, 0, 0, 0, 0, 0xffff, 'GAS', 'CALL', 'POP')],
    ['SHA-256 of a megabyte', JUMP_LOOP(0, 0, heavy, 0, 2, 'GAS', 'STATICCALL', 'POP')],
    ['creations', JUMP_LOOP(0, 0, 0, 'CREATE', 'POP')],
    [
      'division',
      JUMP_LOOP(
        ...Array(100)
          .fill([3n ** 90n, 3n ** 150n, 'SDIV', 'POP'])
          .flat(),
      ),
    ],
  ]

  it.each(builds)('yields again and again within a second or two, and can be given up, %s', async build => {
    const { core } = instantiate(build)
    for (const [name, code] of loops) {
      const world = { [CALLER]: {}, [CONTRACT]: { code } }
      core.reset('osaka')
      supplyWorld(core, world)
      core.setBlock(createEnv('osaka'), true)
      core.beginCall({ from: CALLER, to: CONTRACT, input: new Uint8Array(), value: 0n, gas: 2n ** 63n - 1n })
      for (let time = 0; time < (name === 'jumps' ? 3 : 1); time++) {
        const before = process.cpuUsage()
        expect([name, core.run()]).toEqual([name, 'yield'])
        const { user, system } = process.cpuUsage(before)
        expect((user + system) / 1e6, `${name}: seconds`).toBeLessThan(4)
      }
      core.discard()
      expect((await execute(core, assemble('GAS'))).status).toBe('success')
    }
  })
})
