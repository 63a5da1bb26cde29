// The 54 mainnet blocks of the data folder (README there), Frontier to Cancun: header fields, receipts, senders from
// signatures and the state after the block, on both builds; and some of them once more through sources that are asked
// one by one, which proves that a run that stops for an answer goes on as if it had never stopped.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Check, checkOutcome } from '../../src/chain/checks.ts'
import { forkByName } from '../../src/chain/forks.ts'
import { firstDifference, wrongClaim } from '../../src/cli/differences.ts'
import { createWeft, MemorySource, type Source, type Weft } from '../../src/index.ts'
import type { BlockFile } from '../../src/input/block-file.ts'
import type { ExpectedReceipt } from '../../src/input/expected.ts'
import { blockFileReader, readExpectedBeside } from '../../src/input/file.node.ts'
import { describeWithData } from '../setup/data.ts'
import { wasmBytes } from '../setup/weft.ts'
import { comparable, type ExpectedResult, postState, type RawBlock, readGzip } from './block-results.ts'

/** Blocks for the sources without a list: one of each kind of rules, with self-destructs and system calls among them. */
const ASKED = [46147, 116525, 2462997, 2674998, 4370000, 9117466, 11114732, 12244000, 14029313, 18426253, 19426587]

const [byzantium, shanghai, cancun] = ['byzantium', 'shanghai', 'cancun'].map(name => forkByName(name).rules)

/** What the checks of a block of that fork have to say: all that can be known is right. */
function expectedChecks(rules: number): Record<string, Check> {
  return {
    gasUsed: true,
    logsBloom: true,
    receiptsRoot: rules < byzantium! ? 'unknown' : true,
    transactionsRoot: true,
    ...(rules >= shanghai! && { withdrawalsRoot: true }),
    ...(rules >= cancun! && { blobGasUsed: true }),
    stateRoot: 'unknown',
  }
}

/**
 * The expected receipts. A creation on Frontier that cannot pay for its code succeeds without code (EIP-2 changed that); the
 * files, which EthereumJS made, call it a failure, which no receipt of that time said.
 */
function expectedReceipts(file: BlockFile, expected: ExpectedResult): ExpectedReceipt[] {
  const receipts = readExpectedBeside(file.file, file.number)!
  if (file.fork.name !== 'frontier') return receipts
  const isWithoutCode = (i: number): boolean => expected.receipts[i]!.error === 'code store out of gas'
  return receipts.map((receipt, i) => (isWithoutCode(i) ? { ...receipt, success: true } : receipt))
}

/** A memory source that cannot list what it has: every account and slot is asked for. */
function asked(file: BlockFile, answer: <T>(value: T) => T | Promise<T>): { source: Source; questions: () => number } {
  const memory = new MemorySource(file.state)
  let questions = 0
  const say = <T>(value: T): T | Promise<T> => {
    questions++
    return answer(value)
  }
  const source: Source = {
    account: address => say(memory.account(address)),
    code: codeHash => say(memory.code(codeHash)),
    storage: (address, key) => say(memory.storage(address, key)),
    blockHash: number => say(memory.blockHash(number)),
  }
  return { source, questions: () => questions }
}

describeWithData('mainnet-blocks', 'mainnet blocks', folder => {
  const numbers = readdirSync(folder)
    .filter(name => /^\d+\.json\.gz$/.test(name))
    .map(name => Number.parseInt(name, 10))
    .sort((a, b) => a - b)
  const pathOf = (number: number): string => join(folder, `${number}.json.gz`)
  const read = blockFileReader()

  it('are all there', () => {
    expect(numbers.length).toBe(54)
  })

  describe.each(['scalar', 'simd'] as const)('%s', build => {
    let loading: Promise<Weft> | undefined
    const load = (): Promise<Weft> => {
      loading ??= createWeft({ wasm: wasmBytes(build) })
      return loading
    }

    it.each(numbers)('%d', async number => {
      const file = read(pathOf(number))
      const raw = readGzip<RawBlock>(pathOf(number))
      const expected = readGzip<ExpectedResult>(join(folder, 'expected', `${number}.json.gz`))
      const outcome = await (await load()).replayBlock(file.block, { source: new MemorySource(file.state) })
      expect(checkOutcome(file.block, file.expected, outcome)).toEqual(expectedChecks(file.fork.rules))
      expect(firstDifference(expectedReceipts(file, expected), outcome.receipts)).toBeUndefined()
      expect(file.claimed.every(({ hash, from }) => hash && from)).toBe(true)
      expect(wrongClaim(file.claimed, outcome.receipts)).toBeUndefined()
      expect(postState(raw, outcome)).toEqual(expected.postState)
    })

    it.each(ASKED)('%d with every answer asked for', async number => {
      const file = read(pathOf(number))
      const weft = await load()
      const listed = await weft.replayBlock(file.block, { source: new MemorySource(file.state) })
      const atOnce = asked(file, value => value)
      const later = asked(file, value => Promise.resolve(value))
      expect(comparable(await weft.replayBlock(file.block, atOnce))).toEqual(comparable(listed))
      expect(comparable(await weft.replayBlock(file.block, later))).toEqual(comparable(listed))
      expect(atOnce.questions()).toBeGreaterThan(Object.keys(readGzip<RawBlock>(pathOf(number)).preState).length / 2)
      expect(later.questions()).toBe(atOnce.questions())
      await weft.load('secp256k1', 'bn254', 'bls12-381', 'p256')
      expect(
        comparable(
          weft.replayBlockSync(
            file.block,
            asked(file, value => value),
          ),
        ),
      ).toEqual(comparable(listed))
    })
  })
})
