// Header validation rule by rule; difficulty, base fee and excess blob gas against EthereumJS; the names of networks; RLP and block
// decoding on malformed input. Whole chains are in test/spec/blockchain-*.test.ts.
import { createBlockHeader } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { RLP } from '@ethereumjs/rlp'
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blobBaseFee, nextExcessBlobGas } from '../../src/chain/blobs.ts'
import { daoDiff, hasDaoMark } from '../../src/chain/dao.ts'
import { bombDelayOf, nextDifficulty } from '../../src/chain/difficulty.ts'
import { BlockFormatError } from '../../src/chain/exceptions.ts'
import { forkByName } from '../../src/chain/forks.ts'
import { EMPTY_OMMERS_HASH, type Header, nextBaseFee, validateHeader } from '../../src/chain/header.ts'
import { type ChainRules, mainnetSchedule, rulesAt, scheduleOf } from '../../src/chain/schedule.ts'
import { type Ancestor, validateUncles } from '../../src/chain/uncles.ts'
import { decodeBlock } from '../../src/input/block-rlp.ts'
import { decodeRlp, RlpError } from '../../src/input/rlp-decode.ts'
import { EMPTY_CODE_HASH, type Hex } from '../../src/types.ts'

const hash = (byte: number): Hex => `0x${byte.toString(16).padStart(2, '0').repeat(32)}`
const osaka = scheduleOf('Osaka')![0]!
const homestead = scheduleOf('Homestead')![0]!

const work: Header = {
  parentHash: hash(1),
  ommersHash: EMPTY_OMMERS_HASH,
  coinbase: `0x${'00'.repeat(20)}`,
  stateRoot: hash(2),
  transactionsRoot: hash(3),
  receiptsRoot: hash(4),
  logsBloom: `0x${'00'.repeat(256)}`,
  difficulty: 131_072n,
  number: 1n,
  gasLimit: 1_000_000n,
  gasUsed: 0n,
  timestamp: 1_000n,
  extraData: new Uint8Array(),
  mixHash: hash(0),
  nonce: '0x0000000000000000',
}
const stake: Header = {
  ...work,
  difficulty: 0n,
  baseFee: 1_000n,
  withdrawalsRoot: hash(5),
  blobGasUsed: 0n,
  excessBlobGas: 0n,
  parentBeaconRoot: hash(6),
  requestsHash: hash(7),
}
const workChild: Header = { ...work, number: 2n, timestamp: 1_010n }
const stakeChild: Header = { ...stake, number: 2n, timestamp: 1_012n, baseFee: 875n }

describe('validateHeader', () => {
  it('accepts a child of each kind', () => {
    expect(validateHeader(workChild, work, homestead)).toBeUndefined()
    expect(validateHeader(stakeChild, stake, osaka)).toBeUndefined()
  })

  it.each<[string, Partial<Header>]>([
    ['INVALID_BLOCK_NUMBER', { number: 3n }],
    ['INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT', { timestamp: 1_000n }],
    ['GASLIMIT_TOO_BIG', { gasLimit: 1n << 63n }],
    ['INVALID_GASLIMIT', { gasLimit: 1_000_976n }],
    ['INVALID_GASLIMIT', { gasLimit: 999_024n }],
    ['GAS_USED_OVERFLOW', { gasUsed: 1_000_001n }],
    ['INVALID_BASEFEE_PER_GAS', { baseFee: 876n }],
    ['EXTRA_DATA_TOO_BIG', { extraData: new Uint8Array(33) }],
    ['IMPORT_IMPOSSIBLE_DIFFICULTY_OVER_PARIS', { difficulty: 1n }],
    ['IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS', { ommersHash: hash(9) }],
    ['INCORRECT_BLOCK_FORMAT', { nonce: '0x0000000000000001' }],
    ['INCORRECT_EXCESS_BLOB_GAS', { excessBlobGas: 1n }],
    ['INCORRECT_BLOB_GAS_USED', { blobGasUsed: 1n }],
  ])('%s', (name, change) => {
    expect(validateHeader({ ...stakeChild, ...change }, stake, osaka)).toBe(name)
  })

  it.each<[string, keyof Header]>([
    ['IMPORT_IMPOSSIBLE_LEGACY_WRONG_PARENT', 'baseFee'],
    ['IMPORT_IMPOSSIBLE_PARIS_OVER_SHANGHAI', 'withdrawalsRoot'],
    ['INCORRECT_BLOCK_FORMAT', 'blobGasUsed'],
    ['INCORRECT_BLOCK_FORMAT', 'excessBlobGas'],
    ['INCORRECT_BLOCK_FORMAT', 'parentBeaconRoot'],
    ['INCORRECT_BLOCK_FORMAT', 'requestsHash'],
  ])('%s without %s', (name, field) => {
    const { [field]: _, ...rest } = stakeChild
    expect(validateHeader(rest as Header, stake, osaka)).toBe(name)
  })

  it('gas limits at the bounds', () => {
    const at = (gasLimit: bigint) => validateHeader({ ...stakeChild, gasLimit }, stake, osaka)
    expect([at(1_000_975n), at(999_025n)]).toEqual([undefined, undefined])
    const small = { ...work, gasLimit: 5_001n }
    expect(validateHeader({ ...workChild, gasLimit: 5_000n }, small, homestead)).toBeUndefined()
    expect(validateHeader({ ...workChild, gasLimit: 4_999n }, small, homestead)).toBe('INVALID_GASLIMIT')
  })

  it('the first block of London: twice the gas limit, 1 gwei', () => {
    const london = scheduleOf('London')![0]!
    const first = { ...workChild, gasLimit: 2_000_000n, baseFee: 1_000_000_000n }
    expect(validateHeader(first, work, london)).toBeUndefined()
    expect(validateHeader({ ...first, gasLimit: 1_000_000n }, work, london)).toBe('INVALID_GASLIMIT')
  })

  it('difficulty', () => {
    expect(validateHeader({ ...workChild, difficulty: 131_071n }, work, homestead)).toBe('INVALID_DIFFICULTY')
  })
})

describe('against EthereumJS', () => {
  const u = (max: bigint) => fc.bigInt({ min: 0n, max })
  const proofOfWork = [
    ['Frontier', Hardfork.Chainstart],
    ['Homestead', Hardfork.Homestead],
    ['Byzantium', Hardfork.Byzantium],
    ['Istanbul', Hardfork.Istanbul],
    ['MuirGlacier', Hardfork.MuirGlacier],
    ['ArrowGlacier', Hardfork.ArrowGlacier],
    ['GrayGlacier', Hardfork.GrayGlacier],
  ] as const

  it.each(proofOfWork)('difficulty of %s', (name, hardfork) => {
    const common = new Common({ chain: Mainnet, hardfork })
    const options = { common, setHardfork: false, skipConsensusFormatValidation: true, freeze: false }
    const rules = forkByName(name).rules
    fc.assert(
      fc.property(u(1n << 60n), u(16_000_000n), u(2_000n), fc.boolean(), (difficulty, number, elapsed, hasUncles) => {
        const uncleHash = hasUncles ? hash(9) : EMPTY_OMMERS_HASH
        const parent = createBlockHeader({ difficulty, number, timestamp: 1_000n, uncleHash }, options)
        const child = createBlockHeader({ number: number + 1n, timestamp: 1_001n + elapsed }, options)
        const before = { difficulty, timestamp: 1_000n, hasUncles }
        const got = nextDifficulty(before, number + 1n, 1_001n + elapsed, rules, bombDelayOf(name))
        expect(got).toBe(child.ethashCanonicalDifficulty(parent))
      }),
    )
  })

  it('difficulty of London, where EthereumJS leaves EIP-3554 out: the bomb is 9,700,000 blocks late', () => {
    const parent = { difficulty: 1n << 40n, timestamp: 1_000n, hasUncles: false }
    const at = (number: bigint) =>
      nextDifficulty(parent, number, 1_009n, forkByName('London').rules, bombDelayOf('London'))
    expect([at(11_699_999n), at(11_700_000n)]).toEqual([(1n << 40n) + (1n << 17n), (1n << 40n) + (1n << 18n)])
  })

  it('base fee', () => {
    const common = new Common({ chain: Mainnet, hardfork: Hardfork.London })
    fc.assert(
      fc.property(
        u(1n << 50n),
        fc.bigInt(5_000n, 1n << 40n),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (fee, limit, part) => {
          const gasUsed = BigInt(Math.floor(Number(limit) * part))
          const parent = { baseFee: fee, gasLimit: limit, gasUsed }
          const header = createBlockHeader(
            { number: 12_965_001n, baseFeePerGas: fee, gasLimit: limit, gasUsed },
            { common, skipConsensusFormatValidation: true },
          )
          expect(nextBaseFee(parent)).toBe(header.calcNextBaseFee())
        },
      ),
    )
  })

  it.each([
    ['Cancun', Hardfork.Cancun],
    ['Prague', Hardfork.Prague],
    ['Osaka', Hardfork.Osaka],
  ] as const)('excess blob gas of %s', (name, hardfork) => {
    const common = new Common({ chain: Mainnet, hardfork })
    const fork = forkByName(name)
    fc.assert(
      fc.property(u(200n), u(9n), u(1n << 36n), (excess, used, baseFee) => {
        const parent = { excessBlobGas: excess * 131_072n, blobGasUsed: used * 131_072n, baseFee }
        const { excessBlobGas, blobGasUsed } = parent
        const header = createBlockHeader(
          { number: 20_000_000n, excessBlobGas, blobGasUsed, baseFeePerGas: baseFee },
          { common, setHardfork: false, skipConsensusFormatValidation: true },
        )
        expect(nextExcessBlobGas(parent, fork.blobs!, fork.rules)).toBe(header.calcNextExcessBlobGas(header.common))
        expect(blobBaseFee(excessBlobGas, fork.blobs!.updateFraction)).toBe(header.getBlobGasPrice())
      }),
    )
  })
})

describe('schedules', () => {
  const at = (network: string, position: Partial<Parameters<typeof rulesAt>[1]>): ChainRules =>
    rulesAt(scheduleOf(network)!, { number: 0n, timestamp: 0n, parentTotalDifficulty: 0n, ...position })

  it('forks begin at a block, a time or a total difficulty', () => {
    expect(at('BerlinToLondonAt5', { number: 4n }).fork.name).toBe('berlin')
    expect(at('BerlinToLondonAt5', { number: 5n }).fork.name).toBe('london')
    expect(at('ParisToShanghaiAtTime15k', { timestamp: 14_999n }).fork.name).toBe('paris')
    expect(at('ParisToShanghaiAtTime15k', { timestamp: 15_000n }).fork.name).toBe('shanghai')
    const merge = 'ArrowGlacierToParisAtDiffC0000'
    expect(at(merge, { parentTotalDifficulty: 0xbffffn }).bombDelay).toBe(10_700_000n)
    expect(at(merge, { parentTotalDifficulty: 0xc0000n }).fork.name).toBe('paris')
    expect(at('OsakaToBPO1AtTime15k', { timestamp: 15_000n }).blobs?.max).toBe(15)
    expect(at('HomesteadToDaoAt5', {})).toMatchObject({ daoBlock: 5n, fork: { name: 'homestead' } })
    expect(scheduleOf('Amsterdam')).toBeUndefined()
    expect(scheduleOf('OsakaToAmsterdamAtTime15k')).toBeUndefined()
  })

  it('mainnet', () => {
    const on = (number: bigint, timestamp = 0n) =>
      rulesAt(mainnetSchedule(), { number, timestamp, parentTotalDifficulty: 0n })
    expect(on(1_920_000n)).toMatchObject({ daoBlock: 1_920_000n, fork: { name: 'homestead' } })
    expect(on(9_200_000n)).toMatchObject({ bombDelay: 9_000_000n, fork: { name: 'istanbul' } })
    expect(on(15_050_000n)).toMatchObject({ bombDelay: 11_400_000n, fork: { name: 'london' } })
    expect(on(22_431_084n, 1_746_612_311n).fork.name).toBe('prague')
  })
})

describe('the DAO fork', () => {
  it('marks ten blocks', () => {
    const mark = new TextEncoder().encode('dao-hard-fork')
    const none = new Uint8Array()
    expect([4n, 5n, 14n, 15n].map(number => hasDaoMark(none, number, 5n))).toEqual([true, false, false, true])
    expect(hasDaoMark(mark, 5n, 5n)).toBe(true)
  })

  it('moves the ether of the drained accounts', () => {
    const dao = '0xbb9bc244d798123fde783fcc1c72d3bb8c189413'
    const account = { nonce: 3n, balance: 7n, codeHash: EMPTY_CODE_HASH }
    const diff = daoDiff(address => (address === dao ? account : null), EMPTY_CODE_HASH)
    expect(diff.map(({ address, nonce, balance }) => [address, nonce, balance])).toEqual([
      [dao, 3n, 0n],
      ['0xbf4ed7b27f1d666546e30d74d50d173d20bca754', 0n, 7n],
    ])
  })
})

describe('uncles', () => {
  const line: Ancestor[] = []
  for (let i = 0; i < 10; i++) {
    const header = { ...work, number: BigInt(i), timestamp: 1_000n + BigInt(i) * 10n }
    line.push({ hash: hash(i + 16), header, uncles: i === 8 ? [hash(200)] : [], parent: line.at(-1) })
  }
  const parent = line.at(-1)!
  const uncleOf = (ancestor: Ancestor, name = 100) => {
    const { number, timestamp } = ancestor.header
    return {
      hash: hash(name),
      header: { ...work, parentHash: ancestor.hash, number: number + 1n, timestamp: timestamp + 10n },
    }
  }
  const check = (...uncles: { hash: Hex; header: Header }[]) => validateUncles(uncles, parent, () => homestead)

  it('have a parent two to seven generations back', () => {
    expect(check(uncleOf(line[8]!), uncleOf(line[3]!, 101))).toBeUndefined()
    expect(check(uncleOf(line[2]!))).toBe('UNCLE_PARENT_INCORRECT')
    expect(check(uncleOf(line[9]!))).toBe('UNCLE_PARENT_INCORRECT')
  })

  it('are new, different, valid, and at most two', () => {
    expect(check(uncleOf(line[7]!, 200))).toBe('UNCLE_IN_CHAIN')
    expect(check({ ...uncleOf(line[7]!), hash: line[8]!.hash })).toBe('UNCLE_IS_ANCESTOR')
    expect(check(uncleOf(line[7]!), uncleOf(line[7]!))).toBe('UNCLE_IS_BROTHER')
    const late = uncleOf(line[7]!)
    expect(check({ ...late, header: { ...late.header, number: 1n } })).toBe('INVALID_BLOCK_NUMBER')
    expect(check(uncleOf(line[7]!), uncleOf(line[6]!, 101), uncleOf(line[5]!, 102))).toBe('TOO_MANY_UNCLES')
  })
})

describe('RLP', () => {
  it.each([
    '',
    '80ff',
    '8100',
    '817f',
    'b800',
    'b80100',
    'b9003800',
    '83aabb',
    'c182',
    'c28080ff',
    'bfffffffffffffffff',
    'f800',
  ])('refuses 0x%s', hex => {
    expect(() => decodeRlp(hexToBytes(`0x${hex}`))).toThrow(RlpError)
  })

  it('reads what @ethereumjs/rlp writes, and any bytes as it does or not at all', () => {
    const { item } = fc.letrec(tie => ({
      item: fc.oneof({ maxDepth: 4 }, fc.uint8Array({ maxLength: 70 }), fc.array(tie('item'), { maxLength: 5 })),
    }))
    fc.assert(
      fc.property(item, value => {
        expect(decodeRlp(RLP.encode(value as Uint8Array))).toEqual(value)
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), bytes => {
        let decoded: ReturnType<typeof decodeRlp>
        try {
          decoded = decodeRlp(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(RlpError)
          return
        }
        expect(bytesToHex(RLP.encode(decoded as Uint8Array))).toBe(bytesToHex(bytes))
      }),
    )
  })
})

describe('decodeBlock', () => {
  const zeros = (length: number) => new Uint8Array(length)
  const header = [32, 32, 20, 32, 32, 32, 256, 0, 0, 0, 0, 0, 0, 32, 8].map(zeros)
  const read = (...parts: unknown[]) => decodeBlock(RLP.encode(parts as never))
  const reason = (...parts: unknown[]): string => {
    try {
      read(...parts)
    } catch (error) {
      if (error instanceof BlockFormatError) return error.exception
      throw error
    }
    return 'none'
  }
  const withField = (index: number, value: Uint8Array) => header.map((field, i) => (i === index ? value : field))

  it('reads a block', () => {
    const block = read(header, [[zeros(0)], Uint8Array.of(2, 0xc0)], [], [])
    expect(block.header).toMatchObject({ number: 0n, difficulty: 0n })
    expect(block.transactions.map(bytesToHex)).toEqual(['0xc180', '0x02c0'])
    expect([block.unclesHash, block.withdrawals]).toEqual([EMPTY_OMMERS_HASH, []])
  })

  it('names what is wrong', () => {
    const withdrawal = [zeros(0), zeros(0), zeros(19), zeros(0)]
    expect(reason(header, [])).toBe('RLP_STRUCTURES_ENCODING')
    expect(reason(header, [], [], [], [])).toBe('RLP_STRUCTURES_ENCODING')
    expect(reason(header, [zeros(0)], [])).toBe('RLP_STRUCTURES_ENCODING')
    expect(reason(header, [Uint8Array.of(0xc0, 0x80)], [])).toBe('RLP_STRUCTURES_ENCODING')
    expect(reason(withField(0, zeros(31)), [], [])).toBe('RLP_STRUCTURES_ENCODING')
    expect(reason(withField(2, zeros(21)), [], [])).toBe('RLP_INVALID_ADDRESS')
    expect(reason(withField(8, new Uint8Array(9).fill(1)), [], [])).toBe('RLP_INVALID_FIELD_OVERFLOW_64')
    expect(reason(withField(8, Uint8Array.of(0, 1)), [], [])).toBe('RLP_STRUCTURES_ENCODING')
    expect(reason([...header, zeros(0), zeros(32), zeros(0)], [], [])).toBe('INCORRECT_BLOCK_FORMAT')
    expect(reason(header, [], [], [withdrawal])).toBe('RLP_INVALID_ADDRESS')
  })
})
