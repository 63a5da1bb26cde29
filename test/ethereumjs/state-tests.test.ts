// Official state tests through createVM({ evm }) of @ethereumjs/vm with Weft inside, on its MerkleStateManager: the root of the state
// afterwards and the hash of the logs are those of the test, and what runTx tells is what it tells with its own EVM.
// `npm run test:spec` takes 2,000 and more cases, else it is a sample.

import { RLP } from '@ethereumjs/rlp'
import type { RunTxResult } from '@ethereumjs/vm'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { afterAll, describe, expect, it } from 'vitest'
import { WeftEVM } from '../../src/ethereumjs/index.ts'
import { createEngine } from '../../src/index.ts'
import { hexOf } from '../../src/input/hex.ts'
import { describeWithData } from '../setup/data.ts'
import { wasmBytes } from '../setup/weft.ts'
import { isFull, type NamedCase } from '../spec/state-cases.ts'
import { type Share, sampledCases, sampledFiles } from './sample.ts'
import { type CaseEnd, type MakeEvm, runOnVm } from './state-case.ts'

const SHARE: Share = isFull ? { ofFiles: 1, perFile: 10 } : { ofFiles: 8, perFile: 4 }
const LEAST = isFull ? 2000 : 80
/** Where a transaction took more, what the test says has to do: EthereumJS takes up to two minutes for some. */
const COMPARED_GAS = 500_000n

describeWithData('state-tests', 'EthereumJS with Weft: state tests', folder => {
  let cases = 0
  const withoutKzg: string[] = []
  const spent = { cases: 0, weft: 0, plain: 0 }
  // One core for all cases, each of which has an EVM of its own.
  const engine = createEngine({ wasm: wasmBytes('simd') })
  const withWeft: MakeEvm = async parts => new WeftEVM(await engine, parts)

  describe('every case ends as it should, and as with the plain EVM', () => {
    it.each(sampledFiles(folder, SHARE))('%s', async file => {
      const failures: string[] = []
      for (const each of sampledCases(folder, file, SHARE)) {
        const weft = await runOnVm(each.test(), each, withWeft)
        const isCompared = (weft.result?.totalGasSpent ?? 0n) <= COMPARED_GAS
        const plain = isCompared ? await runOnVm(each.test(), each, () => undefined) : undefined
        cases++
        if (plain) {
          spent.cases++
          spent.weft += weft.ms
          spent.plain += plain.ms
        }
        // Without a KZG library EthereumJS fails at point evaluation: what it tells of such a case is wrong.
        const isRight = plain && wrongEnd(each, plain) === undefined
        if (plain && !isRight) withoutKzg.push(each.id)
        const wrong = wrongEnd(each, weft) ?? (isRight ? difference(weft, plain) : undefined)
        if (wrong !== undefined) failures.push(`${each.id} | ${wrong}`)
      }
      expect(failures).toEqual([])
    })
  })

  it('were ended rightly by the plain EVM too, but for point evaluation', () => {
    expect(withoutKzg.filter(id => !id.includes('point_evaluation'))).toEqual([])
  })

  it('were enough cases', () => {
    expect(cases).toBeGreaterThanOrEqual(LEAST)
  })

  afterAll(() => {
    const [weft, plain] = [spent.weft, spent.plain].map(ms => `${ms.toFixed(0)} ms`)
    console.log(
      `EthereumJS: ${cases} state tests with Weft; ${spent.cases} with both, in runTx ${weft} and plain ${plain}`,
    )
  })
})

function wrongEnd({ test, fork, index }: NamedCase, weft: CaseEnd): string | undefined {
  const post = (test().test.raw('post') as Record<string, { hash: string; logs: string }[]>)[fork]![index]!
  if (weft.refused !== undefined) return `refused: ${weft.refused}`
  if (weft.stateRoot !== post.hash) return `state root expected ${post.hash}, got ${weft.stateRoot}`
  const logs = hexOf(keccak_256(RLP.encode(weft.result?.execResult.logs ?? [])))
  return logs === post.logs ? undefined : `logs hash expected ${post.logs}, got ${logs}`
}

function difference(weft: CaseEnd, plain: CaseEnd): string | undefined {
  if (!plain.result) return `the plain EVM refused: ${plain.refused}`
  const [ours, theirs] = [weft.result!, plain.result].map(told)
  return ours === theirs ? undefined : `expected ${theirs}, got ${ours}`
}

/** What runTx tells of a transaction, as text. What the docstring of WeftEVM says is different is left out. */
function told({ totalGasSpent, gasRefund, minerValue, createdAddress, bloom, execResult }: RunTxResult): string {
  const { executionGasUsed, returnValue, exceptionError } = execResult
  const isFailure = exceptionError !== undefined && exceptionError.error !== 'code store out of gas'
  const created = createdAddress?.toString()
  const facts = { totalGasSpent, gasRefund, minerValue, created, executionGasUsed, isFailure }
  const isRevert = exceptionError?.error === 'revert'
  const bytes = { bloom: hexOf(bloom.bitvector), output: isFailure && !isRevert ? '' : hexOf(returnValue) }
  return JSON.stringify({ ...facts, ...bytes }, (_, value) => (typeof value === 'bigint' ? `${value}` : value))
}
