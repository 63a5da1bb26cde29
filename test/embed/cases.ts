// What the vectors are made of: small worlds and what is run in them, each with what it has to come to, so that no vector can be wrong without
// anybody noticing. vectors.ts lays them out as bytes of the ABI.
import { Wallets } from '../../bench/blocks/accounts.ts'
import * as abi from '../../src/abi.ts'
import type { Address, ForkName, Hex } from '../../src/index.ts'
import { addressOf, assemble, byte, CALLER, CONTRACT, type World } from '../core/machine.ts'
import { authorize, type Signer, signTransaction } from '../parallel/sign.ts'

/** A message, a transaction or a block, and what becomes of it. */
export type Run = {
  /** Status of the outcome (a number of abi.ts), and how many rounds of questions it takes. */
  status: number
  rounds: number
  end?: 'commit' | 'discard' | 'root'
} & (
  | { call: { to?: Address; creates?: boolean; input?: Uint8Array; gas?: bigint; value?: bigint; isStatic?: boolean } }
  | { tx: Uint8Array }
  | { block: Uint8Array[]; withdrawals?: number }
)

export interface Case {
  name: string
  fork: ForkName
  world: World
  /** The world is supplied whole before, and nothing is asked. */
  isComplete?: boolean
  options?: readonly (readonly [option: number, value: number])[]
  /** Where the host has its own contract: host.mjs says what it does. */
  contracts?: readonly Address[]
  runs: readonly Run[]
}

const wallets = new Wallets('embed')
const SENDER: Signer = wallets.next()
const OTHER: Signer = wallets.next()
const RICH = { balance: 10n ** 18n, nonce: 0n }
const word = (value: bigint): Uint8Array => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
/** A contract that hands constant data to a precompiled contract and returns 64 bytes of its output and whether it succeeded. */
function asks(address: number, input: Uint8Array): Uint8Array {
  const begins = (offset: number) =>
    assemble(
      input.length,
      byte(0x61, offset >> 8, offset & 255),
      0,
      'CODECOPY',
      64,
      0,
      input.length,
      0,
      address,
      200_000,
      'STATICCALL',
      64,
      'MSTORE',
      96,
      0,
      'RETURN',
    )
  return Uint8Array.from([...begins(begins(0).length), ...input])
}

const returnsInput = assemble('CALLDATASIZE', 0, 0, 'CALLDATACOPY', 'CALLDATASIZE', 0, 'RETURN')
const G1 = [...word(1n), ...word(2n)]
const G2 = [
  0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2n,
  0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6edn,
  0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975bn,
  0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daan,
].flatMap(value => [...word(value)])
const NEGATED = [...word(1n), ...word(0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd45n)]
const precompiles: readonly [name: string, address: number, input: Uint8Array][] = [
  ['ecrecover', 1, Uint8Array.from([...word(7n), ...word(28n), ...word(5n), ...word(9n)])],
  ['sha256', 2, byte(1, 2, 3)],
  ['ripemd160', 3, byte(1, 2, 3)],
  ['identity', 4, byte(1, 2, 3)],
  ['modexp', 5, Uint8Array.from([...word(1n), ...word(2n), ...word(1n), 3, 1, 0, 251])],
  ['bn254 add', 6, Uint8Array.from([...G1, ...G1])],
  ['bn254 add of no point', 6, Uint8Array.from([...word(1n), ...word(1n)])],
  ['bn254 mul', 7, Uint8Array.from([...G1, ...word(77n)])],
  ['bn254 pairing', 8, Uint8Array.from([...G1, ...G2, ...NEGATED, ...G2])],
  ['blake2f', 9, Uint8Array.from([0, 0, 0, 12, ...new Uint8Array(208).fill(5), 1])],
  ['bls12-381 add of no points', 11, new Uint8Array(256).fill(1)],
  ['p256', 0x100, new Uint8Array(160).fill(3)],
]

/** Reads slot 0, then the slot that it names, and so on: as many rounds as there are slots. */
const follows = assemble(0, 'JUMPDEST', 'SLOAD', 'DUP1', 2, 'JUMPI', 'STOP')
/** Reads slots 0 to 4 and writes their sum to slot 9, with a log of it. */
const sums = assemble(
  0,
  'SLOAD',
  1,
  'SLOAD',
  'ADD',
  2,
  'SLOAD',
  'ADD',
  'DUP1',
  9,
  'SSTORE',
  0,
  'MSTORE',
  0xabcd,
  32,
  0,
  'LOG1',
)
const everywhere = {
  [CALLER]: { balance: 10n ** 18n },
  [CONTRACT]: { code: sums, balance: 3n, storage: [0n, 1n, 2n].map(key => [key, key + 5n] as const) },
} satisfies World
/** Initcode that deploys a code. */
function deploys(code: Uint8Array): Uint8Array {
  const begins = (offset: number) => assemble(code.length, byte(0x60, offset), 0, 'CODECOPY', code.length, 0, 'RETURN')
  return Uint8Array.from([...begins(begins(0).length), ...code])
}
/** CREATE2 of what is in calldata, then a message to it. */
const factory = assemble(
  'CALLDATASIZE',
  0,
  0,
  'CALLDATACOPY',
  7,
  'CALLDATASIZE',
  0,
  0,
  'CREATE2',
  0,
  0,
  0,
  0,
  0,
  'DUP6',
  'GAS',
  'CALL',
  'POP',
  0,
  'MSTORE',
  32,
  0,
  'RETURN',
)

const OWN = addressOf(0xca11)
const REVERTING = addressOf(0x401)
/** Hands its calldata to a contract, then does what follows with the result on the stack. */
const passesOn = (to: Address, opcode: 'CALL' | 'DELEGATECALL' | 'STATICCALL', ...then: (string | number)[]) =>
  assemble(
    ...['CALLDATASIZE', 0, 0, 'CALLDATACOPY', 64, 0, 'CALLDATASIZE', 0],
    ...(opcode === 'CALL' ? [0] : []),
    ...[BigInt(to), 100_000, opcode, ...then],
  )
/** Returns what the contract gave, and whether it succeeded. */
const returns = [64, 'MSTORE', 96, 0, 'RETURN'] as const

const transaction = (signer: Signer, fields: Record<string, unknown>) =>
  signTransaction(
    {
      type: '0x2',
      nonce: '0x0',
      gas: '0x186a0',
      to: CONTRACT,
      value: '0x0',
      input: '0x',
      maxFeePerGas: '0x10',
      maxPriorityFeePerGas: '0x1',
      accessList: [],
      ...fields,
    } as { nonce: Hex },
    signer,
  )
const legacy = (signer: Signer, nonce: Hex, to: Address, value: Hex) =>
  signTransaction(
    { type: '0x0', nonce, gas: '0x5208', gasPrice: '0x10', to, value, input: '0x' } as { nonce: Hex },
    signer,
  )
const storageKeys = Array.from({ length: 5 }, (_, i) => `0x${i.toString(16).padStart(64, '0')}`)

const loop = assemble(400, 'JUMPDEST', 1, 'SWAP1', 'SUB', 'DUP1', 3, 'JUMPI', 'STOP')

/** All vectors, in the order of the file. */
export const CASES: readonly Case[] = [
  {
    name: 'call: output, a log, slots read and written',
    fork: 'osaka',
    world: everywhere,
    runs: [
      { call: {}, status: abi.SUCCESS, rounds: 7 },
      { call: {}, status: abi.SUCCESS, rounds: 0 },
    ],
  },
  {
    name: 'call: calldata comes back',
    fork: 'cancun',
    world: { [CONTRACT]: { code: returnsInput } },
    runs: [{ call: { input: byte(1, 2, 3, 4, 5) }, status: abi.SUCCESS, rounds: 3, end: 'discard' }],
  },
  ...(['frontier', 'tangerineWhistle', 'byzantium', 'istanbul', 'london'] as const).map(
    (fork): Case => ({
      name: `call under ${fork}`,
      fork,
      world: everywhere,
      isComplete: true,
      runs: [{ call: { value: 2n }, status: abi.SUCCESS, rounds: 0 }],
    }),
  ),
  {
    name: 'create: a message that deploys a contract, and a message to it',
    fork: 'osaka',
    world: { [CALLER]: RICH },
    runs: [{ call: { input: deploys(sums), gas: 1_000_000n, creates: true }, status: abi.SUCCESS, rounds: 2 }],
  },
  {
    name: 'create: CREATE2 in a contract',
    fork: 'osaka',
    world: { [CALLER]: RICH, [CONTRACT]: { code: factory } },
    runs: [
      { call: { input: deploys(assemble('CALLER', 0, 'SSTORE')), gas: 1_000_000n }, status: abi.SUCCESS, rounds: 4 },
      // The second time there is something already.
      { call: { input: deploys(assemble('CALLER', 0, 'SSTORE')), gas: 1_000_000n }, status: abi.SUCCESS, rounds: 1 },
    ],
  },
  {
    name: 'failures: revert with data, invalid, out of gas, static, too poor',
    fork: 'osaka',
    isComplete: true,
    world: {
      [CALLER]: RICH,
      [CONTRACT]: { code: assemble(5, 0, 'SSTORE', 0x1234, 0, 'MSTORE', 32, 0, 'REVERT') },
      [addressOf(0x111)]: { code: assemble('INVALID') },
      [addressOf(0x112)]: { code: assemble('JUMPDEST', 0, 'JUMP') },
    },
    runs: [
      { call: {}, status: abi.REVERT, rounds: 0 },
      { call: { to: addressOf(0x111) }, status: abi.INVALID_INSTRUCTION, rounds: 0 },
      { call: { to: addressOf(0x112), gas: 30_000n }, status: abi.OUT_OF_GAS, rounds: 0 },
      { call: { isStatic: true }, status: abi.STATIC_MODE_VIOLATION, rounds: 0 },
      { call: { value: 10n ** 19n }, status: abi.INSUFFICIENT_BALANCE, rounds: 0 },
    ],
  },
  {
    name: 'precompiled contracts, of the core and of the host',
    fork: 'osaka',
    isComplete: true,
    world: {
      [CALLER]: RICH,
      ...Object.fromEntries(
        precompiles.map(([, address, input], i) => [addressOf(0x200 + i), { code: asks(address, input) }]),
      ),
    },
    runs: precompiles.map(([, address], i) => ({
      call: { to: addressOf(0x200 + i), gas: 400_000n },
      status: abi.SUCCESS,
      rounds: [1, 6, 7, 8, 11, 0x100].includes(address) ? 1 : 0,
    })),
  },
  {
    name: "contracts of the host's own: state that is read and written, by each way to them",
    fork: 'osaka',
    contracts: [OWN],
    world: {
      [CALLER]: RICH,
      [SENDER.address]: RICH,
      [OWN]: { balance: 2n, nonce: 0n, storage: [[0n, 41n]] },
      [CONTRACT]: { code: passesOn(OWN, 'CALL', ...returns), balance: 9n },
      [addressOf(0x402)]: { code: passesOn(OWN, 'DELEGATECALL', ...returns), storage: [[0n, 6n]] },
    },
    runs: [
      // The last three are the call, what it lacks, the call again.
      { call: { to: OWN, input: byte(1, 2, 3), value: 5n }, status: abi.SUCCESS, rounds: 5 },
      { call: { input: byte(4) }, status: abi.SUCCESS, rounds: 3 },
      { call: { to: addressOf(0x402) }, status: abi.SUCCESS, rounds: 5 },
      { tx: transaction(SENDER, { to: OWN, value: '0x3' }), status: abi.SUCCESS, rounds: 3 },
    ],
  },
  {
    name: "contracts of the host's own: failures",
    fork: 'cancun',
    contracts: [OWN],
    isComplete: true,
    world: {
      [CALLER]: RICH,
      [CONTRACT]: { code: passesOn(OWN, 'CALL', ...returns) },
      [addressOf(0x402)]: { code: passesOn(OWN, 'STATICCALL', ...returns) },
    },
    runs: [
      { call: { to: OWN, input: byte(0xff, 1) }, status: abi.REVERT, rounds: 1 },
      { call: { to: OWN, input: byte(0xfe) }, status: abi.PRECOMPILE_FAILURE, rounds: 1 },
      { call: { to: OWN, gas: 999n }, status: abi.OUT_OF_GAS, rounds: 1 },
      { call: { to: OWN, isStatic: true }, status: abi.STATIC_MODE_VIOLATION, rounds: 1 },
      { call: { input: byte(0xff) }, status: abi.SUCCESS, rounds: 1 },
      { call: { input: byte(0xfe) }, status: abi.SUCCESS, rounds: 1 },
      { call: { to: addressOf(0x402) }, status: abi.SUCCESS, rounds: 1 },
    ],
  },
  {
    name: "contracts of the host's own: inside a frame that reverts",
    fork: 'osaka',
    contracts: [OWN],
    isComplete: true,
    world: {
      [CALLER]: RICH,
      [OWN]: { balance: 2n, nonce: 0n, storage: [[0n, 7n]] },
      // Lets another call it, which reverts, then calls it: counted is once.
      [CONTRACT]: {
        code: assemble(
          passesOn(REVERTING, 'CALL', 'POP'),
          passesOn(OWN, 'CALL', 'POP'),
          passesOn(OWN, 'CALL', ...returns),
        ),
      },
      [REVERTING]: { code: passesOn(OWN, 'CALL', 0, 0, 'REVERT') },
    },
    runs: [
      { call: { gas: 1_000_000n }, status: abi.SUCCESS, rounds: 3 },
      { call: { to: REVERTING }, status: abi.REVERT, rounds: 1, end: 'discard' },
    ],
  },
  {
    name: 'missing state: an access list in one batch, then slot by slot',
    fork: 'berlin',
    world: {
      [SENDER.address]: RICH,
      [CONTRACT]: {
        code: follows,
        storage: [
          [0n, 3n],
          [3n, 40n],
          [40n, 41n],
        ],
      },
      [OTHER.address]: { balance: 1n, nonce: 0n },
    },
    runs: [
      {
        tx: signTransaction(
          {
            type: '0x1',
            nonce: '0x0',
            gas: '0x30d40',
            gasPrice: '0x10',
            to: CONTRACT,
            value: '0x0',
            input: '0x',
            accessList: [
              { address: CONTRACT, storageKeys },
              { address: OTHER.address, storageKeys },
            ],
          } as { nonce: Hex },
          SENDER,
        ),
        status: abi.SUCCESS,
        rounds: 5,
      },
    ],
  },
  {
    name: 'missing state: block hashes, balances, codes',
    fork: 'osaka',
    world: {
      [CALLER]: RICH,
      [CONTRACT]: {
        code: assemble(
          19,
          'BLOCKHASH',
          0x77,
          'BALANCE',
          'ADD',
          BigInt(CALLER),
          'EXTCODEHASH',
          'ADD',
          0,
          'MSTORE',
          32,
          0,
          'RETURN',
        ),
      },
      [addressOf(0x77)]: { balance: 9n },
    },
    runs: [{ call: {}, status: abi.SUCCESS, rounds: 4 }],
  },
  {
    name: 'transactions: fees, a signer, one that is rejected, a creation',
    fork: 'osaka',
    world: { [SENDER.address]: RICH, ...everywhere },
    runs: [
      { tx: transaction(SENDER, { value: '0x5' }), status: abi.SUCCESS, rounds: 7 },
      { tx: transaction(SENDER, { nonce: '0x7' }), status: abi.REJECTED, rounds: 1, end: 'discard' },
      {
        tx: transaction(SENDER, {
          nonce: '0x1',
          to: null,
          input: `0x${Buffer.from(deploys(returnsInput)).toString('hex')}`,
        }),
        status: abi.SUCCESS,
        rounds: 2,
      },
      { tx: transaction(OTHER, {}), status: abi.REJECTED, rounds: 2, end: 'discard' },
    ],
  },
  {
    name: 'a transaction that delegates (EIP-7702)',
    fork: 'prague',
    world: { [SENDER.address]: RICH, ...everywhere },
    runs: [
      {
        tx: transaction(SENDER, {
          type: '0x4',
          to: OTHER.address,
          authorizationList: [authorize(1n, CONTRACT, 0n, OTHER)],
        }),
        status: abi.SUCCESS,
        rounds: 3,
      },
    ],
  },
  {
    name: 'a block with its roots',
    fork: 'cancun',
    isComplete: true,
    world: { [SENDER.address]: RICH, [OTHER.address]: RICH, ...everywhere },
    runs: [
      {
        block: [
          legacy(SENDER, '0x0', addressOf(0x99), '0x10'),
          transaction(OTHER, {}),
          transaction(SENDER, { nonce: '0x1', value: '0x2' }),
          legacy(OTHER, '0x1', SENDER.address, '0x3'),
        ],
        withdrawals: 3,
        status: abi.SUCCESS,
        rounds: 1,
        end: 'root',
      },
    ],
  },
  {
    name: 'a block that asks, and one that is invalid',
    fork: 'shanghai',
    world: { [SENDER.address]: RICH, [OTHER.address]: RICH, ...everywhere },
    runs: [
      {
        block: [transaction(SENDER, {}), transaction(OTHER, { to: addressOf(0x98) })],
        withdrawals: 1,
        status: abi.SUCCESS,
        rounds: 8,
      },
      {
        block: [transaction(SENDER, { nonce: '0x1' }), transaction(SENDER, { nonce: '0x9' })],
        status: abi.REJECTED,
        rounds: 1,
      },
    ],
  },
  {
    name: 'a trace with everything',
    fork: 'osaka',
    options: [[abi.OPTION_TRACE, 511]],
    world: {
      ...everywhere,
      [addressOf(0x300)]: { code: assemble(0, 0, 0, 0, 1, BigInt(CONTRACT), 'GAS', 'CALL', 1, 'SLOAD'), balance: 9n },
    },
    runs: [{ call: { to: addressOf(0x300) }, status: abi.SUCCESS, rounds: 10 }],
  },
  {
    name: 'a trace that is fetched in pieces',
    fork: 'osaka',
    isComplete: true,
    options: [[abi.OPTION_TRACE, abi.TRACE_STEPS | abi.TRACE_STACK]],
    world: { [CALLER]: RICH, [CONTRACT]: { code: loop } },
    runs: [{ call: { gas: 1_000_000n }, status: abi.SUCCESS, rounds: 0 }],
  },
]
