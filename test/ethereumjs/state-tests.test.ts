// Official state tests through createVM({ evm }) of @ethereumjs/vm with Weft inside, on its MerkleStateManager: the root of the state
// afterwards and the hash of the logs are those of the test, and all that runTx tells is what it tells with its own EVM.
// `npm run test:spec` takes 2,000 and more cases, else it is a sample.

import { RLP } from '@ethereumjs/rlp'
import type { RunTxResult } from '@ethereumjs/vm'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { afterAll, describe, expect, it } from 'vitest'
import { createWeftEVM } from '../../src/ethereumjs/index.ts'
import { hexOf } from '../../src/input/hex.ts'
import { describeWithData } from '../setup/data.ts'
import { wasmBytes } from '../setup/weft.ts'
import { isFull, type NamedCase } from '../spec/state-cases.ts'
import { type Share, sampledCases, sampledFiles } from './sample.ts'
import { type CaseEnd, type MakeEvm, runOnVm } from './state-case.ts'

const SHARE: Share = isFull ? { ofFiles: 1, perFile: 12 } : { ofFiles: 8, perFile: 4 }
const LEAST = isFull ? 2000 : 80

describeWithData('state-tests', 'EthereumJS with Weft: state tests', folder => {
  const spent = { cases: 0, weft: 0, plain: 0 }
  const module = WebAssembly.compile(wasmBytes('simd'))
  const withWeft: MakeEvm = async parts => createWeftEVM({ ...parts, wasm: await module })

  describe('every case ends as it should, and as with the plain EVM', () => {
    it.each(sampledFiles(folder, SHARE))('%s', async file => {
      const failures: string[] = []
      for (const each of sampledCases(folder, file, SHARE)) {
        const weft = await runOnVm(each.test(), each, withWeft)
        const plain = await runOnVm(each.test(), each, () => undefined)
        spent.cases++
        spent.weft += weft.ms
        spent.plain += plain.ms
        const wrong = wrongEnd(each, weft, plain)
        if (wrong !== undefined) failures.push(`${each.id} | ${wrong}`)
      }
      expect(failures).toEqual([])
    })
  })

  it('were enough cases', () => {
    expect(spent.cases).toBeGreaterThanOrEqual(LEAST)
  })

  afterAll(() => {
    const [weft, plain] = [spent.weft, spent.plain].map(ms => `${ms.toFixed(0)} ms`)
    console.log(`EthereumJS: ${spent.cases} state tests in runTx, with Weft ${weft}, plain ${plain}`)
  })
})

function wrongEnd({ test, fork, index }: NamedCase, weft: CaseEnd, plain: CaseEnd): string | undefined {
  const post = (test().test.raw('post') as Record<string, { hash: string; logs: string }[]>)[fork]![index]!
  if (weft.refused !== undefined) return `refused: ${weft.refused}`
  if (weft.stateRoot !== post.hash) return `state root expected ${post.hash}, got ${weft.stateRoot}`
  const logs = hexOf(keccak_256(RLP.encode(weft.result?.execResult.logs ?? [])))
  if (logs !== post.logs) return `logs hash expected ${post.logs}, got ${logs}`
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
