// Every way to end has a status of its own (EVMC's names and numbers): code that provokes each, in both builds.
import { describe, expect, it } from 'vitest'
import * as abi from '../../src/abi.ts'
import type { Core } from '../../src/core/core.ts'
import type { ForkName } from '../../src/index.ts'
import { addressOf, assemble, builds, byte, CALLER, CONTRACT, instantiate, send, type World } from './machine.ts'

/** The status in the outcome struct, as an embedder reads it. */
async function statusOf(
  code: Uint8Array | undefined,
  options: Options,
  build: (typeof builds)[number],
): Promise<number> {
  const { core, raw } = instantiate(build)
  const world: World = { [CALLER]: { balance: 100n }, ...(code && { [CONTRACT]: { code } }), ...options.world }
  await send(core, world, { gas: 1_000_000n, ...options.message }, options.fork)
  return new DataView(raw.memory.buffer).getInt32((raw.weft_outcome() >>> 0) + abi.OUTCOME_STATUS, true)
}

interface Options {
  world?: World
  message?: Partial<Parameters<Core['beginCall']>[0]>
  fork?: ForkName
}

const cases: [name: keyof typeof abi, what: string, code: Uint8Array | undefined, options?: Options][] = [
  ['SUCCESS', 'STOP', assemble('STOP')],
  ['SUCCESS', 'no code at all', undefined],
  ['SUCCESS', 'SELFDESTRUCT', assemble(0, 'SELFDESTRUCT')],
  ['SUCCESS', 'running off the end', assemble(1)],
  ['REVERT', 'REVERT', assemble(0, 0, 'REVERT')],
  ['OUT_OF_GAS', 'base gas', assemble('JUMPDEST', 0, 'JUMP')],
  ['OUT_OF_GAS', 'memory that nobody can pay', assemble(1n << 40n, 'MLOAD')],
  ['OUT_OF_GAS', 'an offset beyond 64 bits', assemble(1n << 200n, 'MLOAD')],
  ['OUT_OF_GAS', 'an offset and a size that overflow', assemble((1n << 64n) - 1n, (1n << 64n) - 1n, 'RETURN')],
  [
    'OUT_OF_GAS',
    'code of 24,577 bytes',
    undefined,
    { message: { to: undefined, input: assemble(24577, 0, 'RETURN'), gas: 10_000_000n } },
  ],
  [
    'OUT_OF_GAS',
    'the deposit of the code',
    undefined,
    { message: { to: undefined, input: assemble(24576, 0, 'RETURN') } },
  ],
  ['INVALID_INSTRUCTION', 'INVALID', assemble('INVALID')],
  ['UNDEFINED_INSTRUCTION', '0x0c', byte(0x0c)],
  ['UNDEFINED_INSTRUCTION', 'PUSH0 before Shanghai', assemble('PUSH0'), { fork: 'paris' }],
  ['STACK_OVERFLOW', '1,025 items', assemble(...Array(1025).fill(1))],
  ['STACK_OVERFLOW', 'DUP1 of the 1,024th item', assemble(...Array(1024).fill(1), 'DUP1')],
  // One basic block that needs more than 16 bits can say.
  ['STACK_OVERFLOW', '5,000 items', assemble(...Array(5000).fill(1))],
  ['STACK_UNDERFLOW', '5,000 POPs of 1 item', assemble(1, ...Array(5000).fill('POP'))],
  ['STACK_OVERFLOW', 'in the second block', assemble(...Array(600).fill(1), 'JUMPDEST', ...Array(600).fill(1))],
  [
    'OUT_OF_GAS',
    'in the middle of a block, before its bad end',
    assemble(new Uint8Array(500_000).fill(0x5b), 'INVALID'),
    { message: { gas: 400_000n } },
  ],
  ['STACK_UNDERFLOW', 'ADD of one item', assemble(1, 'ADD')],
  ['STACK_UNDERFLOW', 'SWAP16 of 16 items', assemble(...Array(16).fill(1), 'SWAP16')],
  ['BAD_JUMP_DESTINATION', 'no JUMPDEST there', assemble(0, 'JUMP')],
  ['BAD_JUMP_DESTINATION', 'a JUMPDEST that is data', assemble(4, 'JUMP', 0x5b)],
  ['BAD_JUMP_DESTINATION', 'beyond the code', assemble(1, 1n << 64n, 'JUMPI')],
  ['INVALID_MEMORY_ACCESS', 'RETURNDATACOPY beyond the end', assemble(1, 0, 0, 'RETURNDATACOPY')],
  ['STATIC_MODE_VIOLATION', 'SSTORE', assemble(1, 0, 'SSTORE'), { message: { isStatic: true } }],
  ['STATIC_MODE_VIOLATION', 'LOG0', assemble(0, 0, 'LOG0'), { message: { isStatic: true } }],
  ['STATIC_MODE_VIOLATION', 'CREATE', assemble(0, 0, 0, 'CREATE'), { message: { isStatic: true } }],
  ['STATIC_MODE_VIOLATION', 'TSTORE', assemble(0, 0, 'TSTORE'), { message: { isStatic: true } }],
  ['STATIC_MODE_VIOLATION', 'SELFDESTRUCT', assemble(0, 'SELFDESTRUCT'), { message: { isStatic: true } }],
  ['STATIC_MODE_VIOLATION', 'CALL with value', assemble(0, 0, 0, 0, 1, 0, 0, 'CALL'), { message: { isStatic: true } }],
  [
    'PRECOMPILE_FAILURE',
    'BLAKE2b F with a wrong length',
    undefined,
    { message: { to: addressOf(9), input: new Uint8Array(5) } },
  ],
  [
    'PRECOMPILE_FAILURE',
    'BLAKE2b F with a wrong flag',
    undefined,
    { message: { to: addressOf(9), input: new Uint8Array(213).fill(2, 212) } },
  ],
  [
    'PRECOMPILE_FAILURE',
    'a point that is not on the curve',
    undefined,
    { message: { to: addressOf(6), input: new Uint8Array(128).fill(1) } },
  ],
  [
    'CONTRACT_VALIDATION_FAILURE',
    'code that begins with 0xef',
    undefined,
    { message: { to: undefined, input: assemble(0xef, 0, 'MSTORE8', 1, 0, 'RETURN') } },
  ],
  ['INSUFFICIENT_BALANCE', 'value that the caller does not have', assemble('STOP'), { message: { value: 101n } }],
]

const numbers: Record<string, unknown> = { ...abi }

describe.each(builds)('status, %s', build => {
  it.each(cases)('%s: %s', async (name, _, code, options = {}) => {
    expect(await statusOf(code, options, build)).toBe(numbers[name])
  })

  it('REJECTED: a transaction that is no transaction', async () => {
    const { core, raw } = instantiate(build)
    core.reset('osaka')
    core.beginTx(byte(1, 2, 3))
    expect([core.run(), core.outcome()]).toEqual(['done', { rejection: abi.REJECT_RLP }])
    const at = raw.weft_outcome() >>> 0
    expect(new DataView(raw.memory.buffer).getInt32(at + abi.OUTCOME_STATUS, true)).toBe(abi.REJECTED)
  })

  it('a failing callee is a 0 on the stack, whatever its status', async () => {
    // CALL_DEPTH_EXCEEDED and INSUFFICIENT_BALANCE of an inner call never end a run.
    const { core } = instantiate(build)
    const code = assemble(0, 0, 0, 0, 1, CONTRACT_NUMBER, 'GAS', 'CALL', 0, 'MSTORE', 32, 0, 'RETURN')
    const outcome = await send(core, { [CALLER]: {}, [CONTRACT]: { code } }, {})
    expect([outcome.status, outcome.output]).toEqual(['success', new Uint8Array(32)])
  })
})

const CONTRACT_NUMBER = BigInt(CONTRACT)
