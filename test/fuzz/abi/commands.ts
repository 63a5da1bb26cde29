// What a host can do to the core, drawn at random: structs and records that are in order, nearly so, or garbage; pointers into its own
// blocks, or to where nothing of its is; calls in any order. host.ts carries them out.
import { RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'
import * as abi from '../../../src/abi.ts'
import { putAccount, putBlockHash, putCode, putPrecompile, putSigner, putSlot, Writer } from '../../../src/abi.ts'
import { type CustomChange, putAnswer } from '../../../src/core/custom-call.ts'
import { type Address, EMPTY_CODE_HASH } from '../../../src/index.ts'
import { addressOf, assemble, CALLER, CONTRACT, hashOf } from '../../core/machine.ts'

/** Where a pointer points: a block of the host, or one of the places where it should not. */
export type Place = 'block' | 'unaligned' | 'zero' | 'end' | 'near the end' | 'beyond' | 'last' | number

/** A field of a struct that is set to something. */
export interface Field {
  offset: number
  value: number
}

/** One thing that the host does. */
export type Command =
  | { kind: 'reset'; fork: number }
  | { kind: 'scene'; code: number; fork: number; isComplete: boolean; trace: number; hash: number; custom: number }
  | { kind: 'option'; option: number; value: number }
  | { kind: 'begin' | 'environment'; which: number; bytes: Uint8Array; fields: Field[]; at: Place }
  | { kind: 'transaction'; rlp: Uint8Array; flags: number; inBlock: number; flagsOfBlock: number }
  | { kind: 'told'; fork: number; isComplete: boolean; trace: number }
  | { kind: 'precompiles'; count: number; at: Place }
  | { kind: 'look'; isSlot: boolean; account: Address; key: bigint; at: Place; from: Place }
  | { kind: 'supply'; records: Uint8Array; at: Place; length: number | undefined }
  | { kind: 'answer'; which: number }
  | { kind: 'digests'; isMade: boolean }
  | { kind: (typeof PLAIN)[number] }
  | { kind: 'digest'; which: number; at: Place; from: Place; length: number }
  | { kind: 'batch'; which: number; messages: Uint8Array; count: number; fields: Field[]; at: Place }
  | { kind: 'trie'; which: number; node: number; key: number; records: Uint8Array; at: Place }
  | { kind: 'alloc'; length: number; isKept: boolean }
  | { kind: 'free'; at: Place; twice: boolean }

/** Calls without arguments. */
export const PLAIN = [
  'run',
  'outcome',
  'commit',
  'discard',
  'diff',
  'settle',
  'request',
  'progress',
  'trace',
  'hashRequest',
  'trieEncode',
  'trieReport',
] as const

/** Where scenes put a contract of the host's own. */
export const CUSTOM: Address = addressOf(0xca11)

/** Codes that commands know by number; their hashes are those of the accounts. */
export const CODES: readonly Uint8Array[] = [
  assemble(0, 'SLOAD', 1, 'ADD', 0, 'SSTORE', 5, 'BALANCE', 0, 'MSTORE', 32, 0, 'LOG0'),
  assemble(192, 0, 'CODECOPY', 32, 0, 192, 0, 8, 'GAS', 'STATICCALL', 3, 'NUMBER', 'SUB', 'BLOCKHASH', 0, 0, 'REVERT'),
  assemble(0x5b600056, 0, 'MSTORE', 3, 29, 0, 'CREATE', 'SELFDESTRUCT'),
  assemble('JUMPDEST', 0, 0, 0, 0, 0, BigInt(CONTRACT), 'GAS', 'CALL', 0, 'JUMP'),
  // A KiB more memory in every round, and a log of all of it: memory runs out.
  assemble('JUMPDEST', 'MSIZE', 0, 'LOG0', 0, 'MSIZE', 1023, 'ADD', 'MSTORE', 0, 'JUMP'),
  // The contract of the host's own in all ways, with what it has left in slot 1.
  assemble(
    ...['JUMPDEST', 32, 0, 5, 0, 1, BigInt(CUSTOM), 0x7000, 'CALL', 32, 0, 5, 0, BigInt(CUSTOM), 0x7000, 'STATICCALL'],
    ...[0, 0, 5, 0, BigInt(CUSTOM), 0x7000, 'DELEGATECALL', 0, 0, 5, 0, 1, BigInt(CUSTOM), 0x7000, 'CALLCODE'],
    ...[1, 'SLOAD', 0, 'SSTORE', 0, 'JUMP'],
  ),
]

const place: fc.Arbitrary<Place> = fc.oneof(
  { weight: 8, arbitrary: fc.constant('block' as const) },
  { weight: 4, arbitrary: fc.constantFrom('unaligned', 'zero', 'end', 'near the end', 'beyond', 'last') },
  { weight: 2, arbitrary: fc.nat(0xffffffff) },
)
/** Where the core is to write: never over what is its own. */
const outside: fc.Arbitrary<Place> = fc.constantFrom('block', 'unaligned', 'end', 'near the end', 'beyond', 'last')
const EDGES = [0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff8, 65536, 0x10000000]
const u32 = fc.oneof(fc.nat(300), fc.constantFrom(...EDGES), fc.nat(0xffffffff))
const bytes = (maxLength: number) => fc.oneof(fc.uint8Array({ maxLength }), fc.constant(new Uint8Array(maxLength)))

// ---- records --------------------------------------------------------------------------------------------------------------

const writer = new Writer()

/** What is written by putting records. */
function written(write: () => void): Uint8Array {
  writer.clear()
  write()
  return writer.bytes.slice()
}

const account = fc.constantFrom(CALLER, CONTRACT, CUSTOM, addressOf(1), addressOf(5), addressOf(0))
const word = fc.oneof(fc.bigInt(0n, 2n ** 256n - 1n), fc.constantFrom(0n, 1n, 2n ** 256n - 1n, 10n ** 18n))
const accountRecord = fc
  .record({
    account,
    nonce: fc.bigInt(0n, 2n ** 64n - 1n),
    balance: word,
    code: fc.nat(CODES.length),
    flags: fc.nat(15),
  })
  .map(({ account, nonce, balance, code, flags }) =>
    written(() => {
      const codeHash = code === CODES.length ? EMPTY_CODE_HASH : hashOf(CODES[code]!)
      putAccount(writer, account, { nonce, balance, codeHash })
      writer.u32(abi.ACCOUNT_FLAGS, flags)
    }),
  )
const change: fc.Arbitrary<CustomChange> = fc.oneof(
  fc.record({ kind: fc.constant('storage' as const), address: account, key: fc.bigInt(0n, 3n), value: word }),
  fc.record({ kind: fc.constant('balance' as const), address: account, balance: word }),
  fc.record({
    kind: fc.constant('log' as const),
    address: account,
    topics: fc.array(fc.constant(EMPTY_CODE_HASH), { maxLength: 5 }),
    data: bytes(40),
  }),
)
/** Answers of the host's own contracts; five topics are one too many, and so are most statuses. */
const answerRecord = fc
  .record({
    status: fc.oneof({ weight: 6, arbitrary: fc.constant(abi.SUCCESS) }, fc.integer({ min: -3, max: 17 })),
    gasUsed: fc.oneof({ weight: 6, arbitrary: fc.bigInt(0n, 1000n) }, fc.bigInt(0n, 2n ** 64n - 1n)),
    output: bytes(40),
    changes: fc.array(change, { maxLength: 4 }),
  })
  .map(answer => written(() => putAnswer(writer, answer)))
const record = fc.oneof(
  { weight: 2, arbitrary: answerRecord },
  accountRecord,
  fc
    .tuple(account, fc.bigInt(0n, 3n), word)
    .map(([address, key, value]) => written(() => putSlot(writer, address, key, value))),
  fc.nat(CODES.length - 1).map(i => written(() => putCode(writer, hashOf(CODES[i]!), CODES[i]!))),
  fc.nat(CODES.length - 1).map(i => written(() => putCode(writer, EMPTY_CODE_HASH, CODES[i]!))),
  fc.bigInt(0n, 2n ** 64n - 1n).map(number => written(() => putBlockHash(writer, number, EMPTY_CODE_HASH))),
  fc.option(bytes(40), { nil: undefined }).map(output => written(() => putPrecompile(writer, output))),
  fc
    .tuple(u32, fc.boolean())
    .map(([index, ok]) => written(() => putSigner(writer, index, ok ? new Uint8Array(20).fill(0xca) : undefined))),
)
const join = (parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap(part => [...part]))
const records = fc.oneof(
  { weight: 4, arbitrary: fc.array(record, { maxLength: 4 }).map(join) },
  {
    // One of the bytes is another, or the end is missing.
    weight: 3,
    arbitrary: fc
      .tuple(fc.array(record, { minLength: 1, maxLength: 3 }), fc.nat(150), fc.nat(255), fc.nat(20))
      .map(([parts, at, value, cut]) => {
        const all = join(parts)
        all[at % Math.max(1, all.length)] = value
        return all.subarray(0, Math.max(0, all.length - cut))
      }),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
)

// ---- structs and transactions -------------------------------------------------------------------------------------------------

/** The struct's size first; then some fields with numbers that go off somewhere; the rest is random or zero. */
const struct = fc.record({
  kind: fc.constantFrom('begin' as const, 'environment' as const),
  which: fc.nat(2),
  bytes: bytes(256),
  fields: fc.array(fc.record({ offset: fc.nat(63).map(n => n * 4), value: u32 }), { maxLength: 6 }),
  at: place,
})

const small = fc.bigInt(0n, 3n)
const to = fc.constantFrom(CONTRACT, CUSTOM, addressOf(1), addressOf(8), '0x')
const accessList = fc.array(
  fc.tuple(
    account,
    fc.array(
      fc
        .bigInt(0n, 3n)
        .map(key => key.toString(16).padStart(64, '0'))
        .map(key => `0x${key}`),
      { maxLength: 3 },
    ),
  ),
  { maxLength: 3 },
)
const authorizations = fc.array(fc.tuple(small, account, small, small, fc.constant(1n), fc.constant(1n)), {
  maxLength: 3,
})
const gas = fc.bigInt(0n, 1_000_000n)

/** Signed transactions of all types, whose signatures nobody made; a share of them with a byte that is another. */
const rlp = fc
  .record({
    type: fc.nat(5),
    nonce: small,
    fee: small,
    gas,
    to,
    value: small,
    data: bytes(40),
    accessList,
    authorizations,
    blobs: fc.array(fc.constantFrom(`0x01${'11'.repeat(31)}`, `0x02${'11'.repeat(31)}`), { maxLength: 3 }),
    change: fc.option(fc.tuple(fc.nat(150), fc.nat(255)), { nil: undefined }),
  })
  .map(({ type, nonce, fee, gas, to, value, data, accessList, authorizations, blobs, change }) => {
    const message = [gas, to, value, data]
    const signature = [0n, 1n, 1n]
    const fees = type < 2 ? [fee] : [fee, fee]
    const lists = { 3: [fee, blobs], 4: [authorizations] }[type] ?? []
    const typed = [1n, nonce, ...fees, ...message, accessList, ...lists, ...signature]
    const body = RLP.encode(
      (type === 0 ? [nonce, fee, ...message, 27n, 1n, 1n] : typed) as Parameters<typeof RLP.encode>[0],
    )
    const all = type === 0 ? body : Uint8Array.of(type, ...body)
    if (change) all[change[0] % all.length] = change[1]
    return all
  })

// ---- tries ----------------------------------------------------------------------------------------------------------------------

/** Nodes of tries and what only looks like one. */
export const NODES: readonly Uint8Array[] = [
  RLP.encode([
    Uint8Array.of(0x20, ...new Uint8Array(32).fill(7)),
    RLP.encode([1n, 5n, new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]),
  ]),
  RLP.encode([...Array(16).fill(new Uint8Array(32).fill(3)), '0x']),
  RLP.encode([Uint8Array.of(0x00, 0x12), new Uint8Array(32).fill(4)]),
  RLP.encode([Uint8Array.of(0x20, ...new Uint8Array(32).fill(9)), RLP.encode(5n)]),
  Uint8Array.of(0x80),
  RLP.encode([Uint8Array.of(0x33), 1n]),
  new Uint8Array(40).fill(0xc1),
]

// ---- all ------------------------------------------------------------------------------------------------------------------------

const options = [1, 2, 3, 8, 9, 15, 16, 17, 18, 20, 24, 99, -1]
const weighted = (weight: number, arbitrary: fc.Arbitrary<Command>) => ({ weight, arbitrary })
const one = <K extends Command['kind']>(kind: K) => fc.constant(kind)

/** Anything that a host can do. */
export const command: fc.Arbitrary<Command> = fc.oneof(
  weighted(1, fc.record({ kind: one('reset'), fork: fc.oneof(fc.integer(), fc.nat(14)) })),
  weighted(
    4,
    fc.record({
      kind: one('scene'),
      code: fc.nat(CODES.length - 1),
      fork: fc.nat(abi.FORK_COUNT - 1),
      isComplete: fc.boolean(),
      trace: fc.oneof(fc.constant(0), fc.nat(511)),
      hash: fc.nat(2),
      custom: fc.nat(2),
    }),
  ),
  weighted(
    5,
    fc.record({
      kind: one('told'),
      fork: fc.nat(abi.FORK_COUNT - 1),
      isComplete: fc.boolean(),
      trace: fc.oneof(fc.constant(0), fc.nat(511)),
    }),
  ),
  weighted(1, fc.record({ kind: one('precompiles'), count: fc.oneof(fc.nat(130), u32), at: place })),
  weighted(
    3,
    fc.record({ kind: one('look'), isSlot: fc.boolean(), account, key: fc.bigInt(0n, 3n), at: outside, from: place }),
  ),
  weighted(
    2,
    fc.record({ kind: one('option'), option: fc.constantFrom(...options), value: fc.oneof(fc.nat(511), fc.integer()) }),
  ),
  weighted(6, struct),
  weighted(
    5,
    fc.record({ kind: one('transaction'), rlp, flags: fc.nat(3), inBlock: fc.nat(4), flagsOfBlock: fc.nat(7) }),
  ),
  weighted(
    6,
    fc.record({ kind: one('supply'), records, at: place, length: fc.option(u32, { nil: undefined, freq: 4 }) }),
  ),
  weighted(4, fc.record({ kind: one('answer'), which: fc.nat(3) })),
  weighted(2, fc.record({ kind: one('digests'), isMade: fc.boolean() })),
  weighted(8, fc.record({ kind: one('run') })),
  weighted(8, fc.record({ kind: fc.constantFrom(...PLAIN) })),
  weighted(
    2,
    fc.record({
      kind: one('digest'),
      which: fc.nat(2),
      at: outside,
      from: place,
      length: fc.oneof(fc.nat(1000), fc.constantFrom(0x7fffffff, 0x80000000, 0xffffffff)),
    }),
  ),
  weighted(
    2,
    fc.record({
      kind: one('batch'),
      which: fc.nat(2),
      messages: bytes(300),
      count: fc.oneof(fc.nat(4), u32),
      fields: fc.array(fc.record({ offset: fc.nat(8), value: u32 }), { maxLength: 2 }),
      at: place,
    }),
  ),
  weighted(
    3,
    fc.record({
      kind: one('trie'),
      which: fc.nat(3),
      node: fc.nat(NODES.length - 1),
      key: fc.nat(3),
      records,
      at: place,
    }),
  ),
  weighted(1, fc.record({ kind: one('alloc'), length: u32, isKept: fc.boolean() })),
  weighted(1, fc.record({ kind: one('free'), at: place, twice: fc.boolean() })),
)
