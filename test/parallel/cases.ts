// Small blocks with what other parallel engines have tripped over, by name. Each shows one thing and is run in parallel
// (pitfalls.test.ts), one thread at a time by many schedules (sim.test.ts) and with every kind of prediction (hints.test.ts).
import { RLP } from '@ethereumjs/rlp'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import type { Address, Hex } from '../../src/types.ts'
import { assemble } from '../core/machine.ts'
import { create2Address } from './swarm/code.ts'
import { SIGNERS, type SwarmAccount, type SwarmBlock, type SwarmTransaction } from './swarm/world.ts'

/** A block, and what is expected of it besides that it comes to the same as sequentially. */
export interface Pitfall {
  block: SwarmBlock
  /** Exception that the block ends with, and the transaction at fault. Absent: it is valid. */
  invalid?: [name: string, index: number]
}

const ETHER: Hex = '0xde0b6b3a7640000'
const A: Address = `0x${'a1'.repeat(20)}`
const B: Address = `0x${'b2'.repeat(20)}`
const C: Address = `0x${'c3'.repeat(20)}`
const NOBODY: Address = `0x${'d4'.repeat(20)}`
const COINBASE: Address = `0x${'e5'.repeat(20)}`
const ECRECOVER: Address = `0x${'0'.repeat(39)}1`
const signer = (i: number): Address => SIGNERS[i]!.address
const bytes = (address: Address): Uint8Array => Uint8Array.of(0x73, ...hexBytes(address)!)
const word = (value: number): Hex => `0x${value.toString(16).padStart(64, '0')}`
const createdBy = (creator: Address, nonce: number): Address =>
  hexOf(keccak_256(RLP.encode([creator, nonce])).subarray(12))

/** An account with code. */
export const contract = (code: Uint8Array, changes: Partial<SwarmAccount> = {}): SwarmAccount => ({
  ...{ nonce: 1, balance: '0x0', code: hexOf(code), storage: [] },
  ...changes,
})

/** A call of `to` by a signer. */
export const tx = (
  from: number,
  to: Address | undefined,
  changes: Partial<SwarmTransaction> = {},
): SwarmTransaction => ({
  ...{ type: 0, from, ...(to !== undefined && { to }), value: '0x0', gas: 300_000, data: '0x', tip: 2, skip: 0 },
  ...{ accessList: [], authorizations: [], blobs: 0 },
  ...changes,
})

/** A block of transactions on accounts, with funds for all signers. */
export const block = (
  fork: string,
  accounts: SwarmBlock['accounts'],
  transactions: SwarmTransaction[],
  changes: Partial<SwarmBlock> = {},
): SwarmBlock => {
  const rich = Object.fromEntries(
    SIGNERS.map(({ address }): [Address, SwarmAccount] => [
      address,
      { nonce: 0, balance: ETHER, code: '0x', storage: [] },
    ]),
  )
  return {
    ...{ name: '', fork, coinbase: COINBASE, baseFee: 7, gasLimit: 30_000_000, withdrawals: [], asked: false },
    ...{ accounts: { ...rich, ...accounts }, transactions },
    ...changes,
  }
}

/** Adds the first word of the input to slot 0. */
const COUNTER = assemble(0, 'CALLDATALOAD', 0, 'SLOAD', 'ADD', 0, 'SSTORE')
/** Destroys itself in favour of the caller when called with anything, else counts in slot 0. */
const mortal = (): Uint8Array => {
  // The jump goes to just behind the counting part, which ends with STOP.
  const counting = assemble(0, 'SLOAD', 1, 'ADD', 0, 'SSTORE', 'STOP')
  const head = assemble('CALLDATASIZE', 5 + counting.length, 'JUMPI')
  const code = Uint8Array.of(...head, ...counting, ...assemble('JUMPDEST', 'CALLER', 'SELFDESTRUCT'))
  code[2] = head.length + counting.length
  return code
}
/** Makes a mortal by CREATE2 with salt 0, from initcode that copies the runtime code behind it. */
const maker = (): { code: Uint8Array; child: Address } => {
  const runtime = mortal()
  const initcode = Uint8Array.of(0x60, runtime.length, 0x80, 0x60, 0x09, 0x3d, 0x39, 0x3d, 0xf3, ...runtime)
  const padded = new Uint8Array(32)
  padded.set(initcode)
  const code = assemble(Uint8Array.of(0x7f, ...padded), 0, 'MSTORE', 0, initcode.length, 0, 0, 'CREATE2', 0, 'SSTORE')
  return { code, child: create2Address(A, 0, initcode) }
}

function nonces(): Record<string, Pitfall> {
  const transfers = Array.from({ length: 12 }, () => tx(0, B, { value: '0x1' }))
  return {
    'nonce chain of one sender': { block: block('osaka', {}, transfers) },
    'nonce too high is the same error, without livelock': {
      block: block('osaka', {}, [tx(0, B), tx(1, B), tx(0, B, { skip: 3 }), tx(1, B), tx(2, B)]),
      invalid: ['NONCE_MISMATCH_TOO_HIGH', 2],
    },
    'nonce too low is the same error, without livelock': {
      block: block('osaka', {}, [tx(0, B), tx(0, B, { skip: -1 }), tx(1, B), tx(2, B)]),
      invalid: ['NONCE_MISMATCH_TOO_LOW', 1],
    },
    'empty funds are the same error': {
      block: block('osaka', { [signer(5)]: { nonce: 0, balance: '0x5', code: '0x', storage: [] } }, [
        ...[tx(0, B), tx(5, B), tx(1, B)],
      ]),
      invalid: ['INSUFFICIENT_ACCOUNT_FUNDS', 1],
    },
    'funds that an earlier transaction brings': {
      block: block('osaka', { [signer(5)]: { nonce: 0, balance: '0x0', code: '0x', storage: [] } }, [
        ...[tx(0, signer(5), { value: '0x5af3107a4000' }), tx(5, B, { value: '0x7' }), tx(5, B, { value: '0x8' })],
      ]),
    },
    'funds that run out on the way': {
      block: block('osaka', { [signer(5)]: { nonce: 0, balance: '0x2ab980', code: '0x', storage: [] } }, [
        ...[tx(5, B), tx(0, B), tx(5, B), tx(1, B)],
      ]),
      invalid: ['INSUFFICIENT_ACCOUNT_FUNDS', 2],
    },
  }
}

function destruction(): Record<string, Pitfall> {
  const { code, child } = maker()
  const call = (from: number, data: Hex = '0x'): SwarmTransaction => tx(from, child, { data })
  const cycle = [
    tx(0, A),
    call(1),
    call(2),
    call(3, '0x01'),
    tx(4, A),
    call(1),
    call(2, '0x01'),
    call(3),
    tx(0, A),
    call(4),
  ]
  const reader = assemble(
    bytes(B),
    'EXTCODESIZE',
    0,
    'SSTORE',
    bytes(B),
    'BALANCE',
    1,
    'SSTORE',
    bytes(B),
    'EXTCODEHASH',
    2,
    'SSTORE',
  )
  const dies = contract(assemble(bytes(C), 'SELFDESTRUCT'), {
    balance: '0x64',
    storage: [
      [0, 9],
      [1, 8],
    ],
  })
  const forks = ['istanbul', 'shanghai', 'cancun', 'osaka']
  return Object.fromEntries(
    forks.flatMap((fork): [string, Pitfall][] => [
      [`destroyed, made again by CREATE2, destroyed (${fork})`, { block: block(fork, { [A]: contract(code) }, cycle) }],
      [
        `code, balance and hash of an account that is destroyed (${fork})`,
        {
          block: block(fork, { [A]: contract(reader), [B]: dies }, [
            tx(0, A),
            tx(1, B),
            tx(2, A),
            tx(3, B, { value: '0x5' }),
            tx(4, A),
          ]),
        },
      ],
      [
        `storage is wiped, and read after (${fork})`,
        {
          block: block(fork, { [B]: contract(mortal(), { storage: [[0, 5]] }) }, [
            ...[tx(0, B), tx(1, B, { data: '0x01' }), tx(2, B), tx(3, B, { data: '0x01' }), tx(4, B)],
          ]),
        },
      ],
      [
        `a creation that collides (${fork})`,
        {
          block: block(fork, { [A]: contract(code) }, [tx(0, A), tx(1, A), tx(2, A), call(3)]),
        },
      ],
    ]),
  )
}

function beneficiary(): Record<string, Pitfall> {
  const reads = contract(assemble(bytes(COINBASE), 'BALANCE', 0, 'SSTORE'))
  const pays = assemble(0, 0, 0, 0, 9, 'COINBASE', 0, 'CALL', 0, 'SSTORE')
  const coinbaseDies = { [COINBASE]: contract(assemble(bytes(C), 'SELFDESTRUCT'), { balance: '0x64' }) }
  const others = [tx(0, B, { value: '0x1' }), tx(1, C, { value: '0x1' })]
  return {
    'the balance of the beneficiary, read': {
      block: block('osaka', { [A]: reads }, [...others, tx(2, A), tx(3, B), tx(4, A)]),
    },
    'the beneficiary is paid by a call': {
      block: block('osaka', { [A]: contract(pays, { balance: '0x64' }) }, [...others, tx(2, A), tx(3, A)]),
    },
    'the beneficiary sends': {
      block: block(
        'osaka',
        { [A]: reads },
        [tx(1, B), tx(0, B, { value: '0x3' }), tx(1, A), tx(0, signer(0), { value: '0x1' })],
        {
          coinbase: signer(0),
        },
      ),
    },
    'the beneficiary lives on tips': {
      block: block(
        'osaka',
        { [signer(5)]: { nonce: 0, balance: '0x0', code: '0x', storage: [] } },
        [...[tx(0, B, { tip: 1000 }), tx(1, B, { tip: 1000 }), tx(5, B, { gas: 21_000 })]],
        { coinbase: signer(5) },
      ),
    },
    'the beneficiary is destroyed (istanbul)': {
      block: block('istanbul', coinbaseDies, [...others, tx(2, COINBASE), tx(3, B), tx(4, COINBASE)]),
    },
    'the beneficiary is destroyed (osaka)': {
      block: block('osaka', coinbaseDies, [...others, tx(2, COINBASE), tx(3, B)]),
    },
    'no tip, and a beneficiary that is empty': {
      block: block('osaka', {}, [tx(0, B, { tip: 0 }), tx(1, B, { tip: 0 }), tx(2, COINBASE, { tip: 0 })]),
    },
    'no tip, and a beneficiary that is there but empty (homestead)': {
      block: block('homestead', { [COINBASE]: { nonce: 0, balance: '0x0', code: '0x', storage: [] } }, [
        tx(0, B, { tip: 0 }),
        tx(1, COINBASE),
      ]),
    },
  }
}

function delegation(): Record<string, Pitfall> {
  const counter = { [A]: contract(COUNTER), [B]: contract(assemble(bytes(signer(1)), 'EXTCODESIZE', 0, 'SSTORE')) }
  const auth = (by: number, to: Address) => ({ by, to, chainId: 1, skip: 0 })
  const set = (from: number, by: number, to: Address): SwarmTransaction =>
    tx(from, NOBODY, { type: 4, authorizations: [auth(by, to)] })
  const creator = contract(assemble(0, 0, 0, 'CREATE', 0, 'SSTORE'))
  return {
    'a self-sponsored authorization': {
      block: block('osaka', counter, [set(1, 1, A), tx(1, B), tx(0, signer(1), { data: word(3) }), tx(1, A)]),
    },
    'code of an authority, seen by the next': {
      block: block('osaka', counter, [
        tx(2, B),
        set(0, 1, A),
        tx(3, B),
        tx(2, signer(1), { data: word(5) }),
        set(0, 1, `0x${'0'.repeat(40)}`),
        tx(3, B),
        tx(4, signer(1)),
      ]),
    },
    'a delegated sender whose code makes contracts spends nonces': {
      block: block('osaka', { [A]: creator }, [
        set(0, 1, A),
        tx(2, signer(1)),
        tx(1, B, { skip: 1 }),
        tx(2, B),
        tx(1, B, { skip: 1 }),
      ]),
    },
    'the nonce of an authority that is not due': {
      block: block('osaka', counter, [
        tx(1, B),
        tx(0, NOBODY, { type: 4, authorizations: [{ ...auth(1, A), skip: 1 }] }),
        tx(2, signer(1), { data: word(1) }),
      ]),
    },
  }
}

function limits(): Record<string, Pitfall> {
  const gas = { gas: 100_000 }
  return {
    'block gas, for which a limit is too much': {
      block: block('osaka', {}, [tx(0, B, gas), tx(1, B, gas), tx(2, B, gas), tx(3, B, gas)], { gasLimit: 150_000 }),
      invalid: ['GAS_ALLOWANCE_EXCEEDED', 3],
    },
    'block gas that is enough since less is used': {
      block: block('osaka', {}, [tx(0, B, gas), tx(1, B, gas), tx(2, B, gas), tx(3, B, gas)], { gasLimit: 170_000 }),
    },
    'blobs, of which there are too many': {
      block: block(
        'cancun',
        {},
        [0, 1, 2, 3].map(from => tx(from, B, { type: 3, blobs: 2 })),
      ),
      invalid: ['TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED', 3],
    },
  }
}

function reads(): Record<string, Pitfall> {
  // Two slots that every transaction writes alike; who sees them differ stores a mark in slot 9.
  const pair = assemble(0, 'SLOAD', 1, 'SLOAD', 'SUB', 9, 'SSTORE', 0, 'CALLDATALOAD', 'DUP1', 0, 'SSTORE', 1, 'SSTORE')
  // A stores whether its call to B worked; B calls C and takes everything back.
  const asks = assemble(0, 0, 0, 0, 0, bytes(B), 'GAS', 'CALL', 0, 'SSTORE')
  const toggles = assemble(0, 'CALLDATALOAD', 0, 'SSTORE')
  const looks = assemble(0, 0, 0, 0, 0, bytes(C), 'GAS', 'CALL', 'POP', 0, 0, 'REVERT')
  const write = (from: number, value: number): SwarmTransaction => tx(from, A, { data: word(value) })
  return {
    'one slot that everybody adds to': {
      block: block(
        'osaka',
        { [A]: contract(COUNTER) },
        [0, 1, 2, 3, 4, 5].map(i => tx(i, A, { data: word(i + 1) })),
      ),
    },
    'two slots of one transaction become visible together': {
      block: block('osaka', { [A]: contract(pair) }, [write(0, 7), write(1, 8), write(2, 9), write(3, 7)]),
    },
    'a value that changes and changes back': {
      block: block('osaka', { [A]: contract(toggles, { storage: [[0, 1]] }), [B]: contract(assemble(0, 'SLOAD')) }, [
        write(0, 0),
        write(1, 1),
        write(2, 0),
        write(3, 1),
        write(4, 1),
      ]),
    },
    'a read below a revert counts': {
      block: block(
        'osaka',
        {
          [A]: contract(asks),
          [B]: contract(looks),
          [C]: contract(
            assemble(0, 'SLOAD', 'PC', 6, 'ADD', 'JUMPI', 'STOP', 'JUMPDEST', 1, 1, 'SSTORE', Uint8Array.of(0xfe)),
          ),
        },
        [tx(0, A), tx(1, C), tx(2, A), tx(3, A)],
      ),
    },
    'out of gas at an access whose price depends on a write': {
      block: block('osaka', { [A]: contract(toggles) }, [
        write(0, 1),
        tx(1, A, { data: word(2), gas: 24_500 }),
        tx(2, A, { data: word(2), gas: 43_400 }),
        write(3, 0),
        tx(4, A, { data: word(0), gas: 24_000 }),
      ]),
    },
    'a transfer that a contract can make only after another': {
      block: block('osaka', { [A]: contract(assemble(0, 0, 0, 0, 50, bytes(B), 0, 'CALL', 0, 'SSTORE')) }, [
        tx(0, A),
        tx(1, A, { value: '0x32' }),
        tx(2, A),
        tx(3, A, { value: '0x31' }),
        tx(4, A, { value: '0x1' }),
      ]),
    },
    'accounts touched with nothing (frontier)': {
      block: block('frontier', { [NOBODY]: { nonce: 0, balance: '0x0', code: '0x', storage: [] } }, [
        tx(0, NOBODY),
        tx(1, B),
        tx(2, NOBODY),
        tx(3, B),
      ]),
    },
    'accounts touched with nothing, which go (spuriousDragon)': {
      block: block('spuriousDragon', { [NOBODY]: { nonce: 0, balance: '0x0', code: '0x', storage: [] } }, [
        tx(0, NOBODY),
        tx(1, B),
        tx(2, NOBODY),
      ]),
    },
    'the price of calling an account that another one makes': {
      block: block(
        'osaka',
        { [A]: contract(assemble(0, 0, 0, 0, 1, bytes(NOBODY), 0, 'CALL', 0, 'SSTORE'), { balance: '0x9' }) },
        [tx(0, A), tx(1, NOBODY, { value: '0x1' }), tx(2, A)],
      ),
    },
    'a contract, created, then called and asked about': {
      block: block('osaka', { [A]: contract(assemble(bytes(createdBy(signer(0), 0)), 'EXTCODESIZE', 0, 'SSTORE')) }, [
        tx(1, A),
        tx(0, undefined, { data: hexOf(assemble(Uint8Array.of(0x60, 0x00, 0x60, 0x00, 0x53), 1, 0, 'RETURN')) }),
        tx(2, A),
        tx(3, createdBy(signer(0), 0)),
      ]),
    },
    'a precompiled contract that the host computes': {
      block: block(
        'osaka',
        {
          [A]: contract(
            assemble(
              0,
              'SLOAD',
              0,
              'MSTORE',
              32,
              0,
              128,
              0,
              0,
              bytes(ECRECOVER),
              'GAS',
              'CALL',
              0,
              'SLOAD',
              'ADD',
              0,
              'SSTORE',
            ),
          ),
        },
        [tx(0, A), tx(1, A), tx(2, ECRECOVER), tx(3, A)],
      ),
    },
    'no transaction': { block: block('osaka', {}, []) },
    'one transaction': { block: block('osaka', {}, [tx(0, B)]) },
    'a successor that is left behind when state is asked for': {
      block: block(
        'osaka',
        {
          [A]: contract(COUNTER),
          [B]: contract(assemble(...Array.from({ length: 12 }, (_, i) => [i, 'SLOAD']).flat())),
        },
        [tx(0, A, { data: word(1) }), tx(1, B), tx(0, A, { data: word(2) })],
        { asked: true },
      ),
    },
    'state that is asked for on the way': {
      block: block(
        'osaka',
        { [A]: contract(asks), [B]: contract(looks), [C]: contract(COUNTER, { storage: [[0, 3]] }) },
        [tx(0, A), tx(1, C, { data: word(1) }), tx(2, A), tx(3, NOBODY, { value: '0x1' })],
        { asked: true },
      ),
    },
  }
}

/** All of them. */
export const PITFALLS: Readonly<Record<string, Pitfall>> = Object.fromEntries(
  Object.entries({ ...nonces(), ...destruction(), ...beneficiary(), ...delegation(), ...limits(), ...reads() }).map(
    ([name, pitfall]) => [name, { ...pitfall, block: { ...pitfall.block, name } }],
  ),
)
