// Mainnet blocks through VM.runBlock of EthereumJS, with Weft inside and with its own EVM, one after the other: gas, bloom and
// receipts are equal, and so is the whole state afterwards. Gas and bloom are those of the header. In full 54 blocks, else four.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createVM, type RunBlockResult, runBlock } from '@ethereumjs/vm'
import { afterAll, describe, expect, it } from 'vitest'
import { codesOf } from '../../bench/cases/blocks.ts'
import { decoded, fill, type RpcBlock } from '../../bench/rivals/ethereumjs-block.ts'
import { createWeftEVM } from '../../src/ethereumjs/index.ts'
import type { BlockFile } from '../../src/input/block-file.ts'
import { blockFileReader } from '../../src/input/file.node.ts'
import { hexOf } from '../../src/input/hex.ts'
import { OracleState } from '../fuzz/oracle-state.ts'
import { describeWithData } from '../setup/data.ts'
import { wasmBytes } from '../setup/weft.ts'
import { readGzip } from '../spec/block-results.ts'
import { isFull } from '../spec/state-cases.ts'

/** Blocks of the sample: Frontier, Spurious Dragon, Berlin, Cancun. */
const SAMPLE = [116525, 2674998, 12244000, 19426587]

interface BlockEnd {
  result: RunBlockResult
  state: OracleState
  /** Milliseconds in runBlock. */
  ms: number
}

describeWithData('mainnet-blocks', 'EthereumJS with Weft: mainnet blocks', folder => {
  const all = readdirSync(folder).filter(name => /^\d+\.json\.gz$/.test(name))
  const numbers = isFull ? all.map(name => Number.parseInt(name, 10)).sort((a, b) => a - b) : SAMPLE
  const read = blockFileReader()
  const module = WebAssembly.compile(wasmBytes('simd'))
  const spent = { blocks: 0, gas: 0n, weft: 0, plain: 0 }

  async function run(file: BlockFile, rpc: RpcBlock, isWeft: boolean): Promise<BlockEnd> {
    const { common, block, blockchain } = decoded(file, rpc)
    const state = new OracleState()
    await fill(state, file, codesOf(file))
    const evm = isWeft
      ? await createWeftEVM({ common, stateManager: state, blockchain: blockchain as never, wasm: await module })
      : undefined
    const vm = await createVM({ common, stateManager: state, blockchain, ...(evm && { evm }) })
    const begun = performance.now()
    const result = await runBlock(vm, { block, generate: true, skipBlockValidation: true, skipHeaderValidation: true })
    return { result, state, ms: performance.now() - begun }
  }

  describe('end as with the plain EVM', () => {
    it.each(numbers)('%d', async number => {
      const file = read(join(folder, `${number}.json.gz`))
      const rpc = readGzip<{ block: RpcBlock }>(join(folder, `${number}.json.gz`)).block
      // In turns first, so that neither always finds the VM warm.
      const first = await run(file, rpc, spent.blocks % 2 === 0)
      const second = await run(file, rpc, spent.blocks % 2 !== 0)
      const [weft, plain] = spent.blocks % 2 === 0 ? [first, second] : [second, first]
      spent.blocks++
      spent.gas += file.expected.gasUsed
      spent.plain += plain.ms
      spent.weft += weft.ms
      expect(weft.result.gasUsed).toBe(file.expected.gasUsed)
      expect(hexOf(weft.result.logsBloom)).toBe(file.expected.logsBloom)
      expect(told(weft.result)).toEqual(told(plain.result))
      expect(contents(weft.state)).toEqual(contents(plain.state))
    })
  })

  afterAll(() => {
    const mgas = Number(spent.gas) / 1e6
    const rate = (ms: number): string => `${ms.toFixed(0)} ms (${((mgas / ms) * 1000).toFixed(1)} Mgas/s)`
    const times = (spent.plain / spent.weft).toFixed(2)
    console.log(
      `EthereumJS: ${spent.blocks} mainnet blocks in runBlock, with Weft ${rate(spent.weft)}, plain ${rate(spent.plain)}: ${times} times`,
    )
  })
})

function told({ gasUsed, receipts, results, receiptsRoot }: RunBlockResult): unknown {
  const transactions = results.map(({ totalGasSpent, gasRefund, minerValue, createdAddress }) => ({
    totalGasSpent,
    gasRefund,
    minerValue,
    created: createdAddress?.toString(),
  }))
  return { gasUsed, receipts, receiptsRoot, transactions }
}

/** Accounts with storage, as plain values. */
function contents({ accounts, storage }: OracleState): unknown {
  const plain = [...accounts].map(([address, { nonce, balance, codeHash }]) => {
    const slots = [...(storage.get(address) ?? [])].map(([key, value]) => [key, hexOf(value)])
    return [address, { nonce, balance, codeHash: hexOf(codeHash), slots: slots.sort() }] as const
  })
  return Object.fromEntries(plain)
}
