// WeftEVM beside the EVM of EthereumJS: the same messages on the same state, one after the other, give the same results and the same
// state. And what it refuses, it refuses with a reason.

import { createBlock } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import {
  type CustomPrecompile,
  createEVM,
  EVMError,
  type EVMInterface,
  type EVMRunCallOpts,
  type EVMRunCodeOpts,
  type ExecResult,
} from '@ethereumjs/evm'
import { MerkleStateManager } from '@ethereumjs/statemanager'
import { createTx } from '@ethereumjs/tx'
import { Account, type Address, createAddressFromString, hexToBytes, type KZG } from '@ethereumjs/util'
import { createVM, runTx } from '@ethereumjs/vm'
import { describe, expect, it } from 'vitest'
import { createWeftEVM, type WeftEVM } from '../../src/ethereumjs/index.ts'
import { hexOf } from '../../src/input/hex.ts'
import type { Hex } from '../../src/types.ts'
import { wasmBytes } from '../setup/weft.ts'

const address = (digit: string): Address => createAddressFromString(`0x${digit.padStart(40, '0')}`)
const [CALLER, TARGET, OTHER, HEIR] = ['ca11e4', '7a46e7', '07e4', '4e14'].map(address) as [
  Address,
  Address,
  Address,
  Address,
]
const CHAIN = {
  getBlock: async (number: number) => ({ hash: () => new Uint8Array(32).fill(number) }),
  putBlock: async () => {},
  shallowCopy: () => CHAIN,
}
const module = WebAssembly.compile(wasmBytes('simd'))

interface World {
  common: Common
  state: MerkleStateManager
  evm: EVMInterface
}

type Setup = Record<string, { balance?: bigint; nonce?: bigint; code?: string; storage?: Record<number, number> }>

async function world(
  isWeft: boolean,
  setup: Setup,
  hardfork: Hardfork,
  customPrecompiles: CustomPrecompile[] = [],
): Promise<World> {
  const common = new Common({ chain: Mainnet, hardfork, customCrypto: { kzg: {} as KZG } })
  const state = new MerkleStateManager({ common })
  for (const [name, { balance = 0n, nonce = 0n, code, storage = {} }] of Object.entries(setup)) {
    const at = createAddressFromString(name)
    await state.putAccount(at, new Account(nonce, balance))
    if (code) await state.putCode(at, hexToBytes(`0x${code}`))
    for (const [key, value] of Object.entries(storage)) {
      await state.putStorage(at, hexToBytes(`0x${Number(key).toString(16).padStart(64, '0')}`), Uint8Array.of(value))
    }
  }
  const parts = { common, stateManager: state, blockchain: CHAIN as never, customPrecompiles }
  const evm = isWeft ? await createWeftEVM({ ...parts, wasm: await module }) : await createEVM(parts)
  return { common, state, evm }
}

/** Names that stand for several. */
const NAMES: Readonly<Record<string, string>> = {
  'invalid opcode': 'halt',
  'out of gas': 'halt',
  'create collision': 'halt',
}

/** Accounts that go at the end of the transaction: from Cancun on those that were created in it (EIP-6780). */
function gone({ selfdestruct, createdAddresses }: ExecResult, common: Common): Hex[] {
  const all = [...(selfdestruct?.keys() ?? [])].sort()
  return common.isActivatedEIP(6780) ? all.filter(name => createdAddresses?.has(name)) : all
}

/** A result as plain values. EthereumJS names the place of some failures, and the sets only where code was executed. */
function plain(result: ExecResult, common: Common): object {
  const { executionGasUsed, gasRefund = 0n, returnValue, logs = [], exceptionError, createdAddresses } = result
  const name = exceptionError?.error.split(' at ')[0]
  const error = name && (NAMES[name] ?? name)
  const output = error === undefined || error === 'revert' ? hexOf(returnValue) : '0x'
  const told = logs.map(([from, topics, data]) => [hexOf(from), topics.map(topic => hexOf(topic)), hexOf(data)])
  const created = [...(createdAddresses ?? [])].sort()
  return { executionGasUsed, gasRefund, output, logs: told, error, gone: gone(result, common), created }
}

type Work = (world: World) => Promise<unknown>

/** Does the work in both worlds; both have to come to the same, in what `work` returns and in state. Returns the former. */
async function both(
  setup: Setup,
  work: Work,
  hardfork: Hardfork = Hardfork.Osaka,
  own: CustomPrecompile[] = [],
): Promise<unknown> {
  const [weft, js] = [await world(true, setup, hardfork, own), await world(false, setup, hardfork, own)]
  const ends = [await work(weft), await work(js)]
  expect(ends[0]).toEqual(ends[1])
  for (const { evm } of [weft, js]) await evm.journal.cleanup()
  expect(hexOf(await weft.state.getStateRoot())).toBe(hexOf(await js.state.getStateRoot()))
  return ends[0]
}

const calls =
  (opts: Partial<EVMRunCallOpts>): Work =>
  async ({ evm, common }) => {
    const blobs = common.isActivatedEIP(4844) ? { excessBlobGas: 50_000_000n } : {}
    const block = createBlock({ header: { ...HEADER, ...blobs } }, { common, setHardfork: false })
    const result = await evm.runCall({ block, caller: CALLER, to: TARGET, gasLimit: 1_000_000n, ...opts })
    // As runTx does in the end.
    for (const name of gone(result.execResult, common)) await evm.journal.deleteAccount(createAddressFromString(name))
    return { ...plain(result.execResult, common), address: result.createdAddress?.toString() }
  }

const HEADER = {
  number: 300n,
  timestamp: 99n,
  gasLimit: 30_000_000n,
  coinbase: OTHER,
  mixHash: new Uint8Array(32).fill(7),
}

const holding = (code: string, storage: Record<number, number> = {}): Setup => ({
  [CALLER.toString()]: { balance: 10n ** 18n, nonce: 4n },
  [TARGET.toString()]: { code, nonce: 1n, balance: 5n, storage },
})

/** Code that stores the stack's top at memory 0 and returns it. */
const RETURN = '60005260206000f3'

describe('runCall', () => {
  it.each([
    ['ORIGIN', '32'],
    ['GASPRICE', '3a'],
    ['CALLER', '33'],
    ['CALLVALUE', '34'],
    ['COINBASE', '41'],
    ['TIMESTAMP', '42'],
    ['NUMBER', '43'],
    ['PREVRANDAO', '44'],
    ['GASLIMIT', '45'],
    ['CHAINID', '46'],
    ['BASEFEE', '48'],
    ['BLOBHASH', '600149'],
    ['BLOBHASH beyond', '600249'],
    ['BLOBBASEFEE', '4a'],
    ['BLOCKHASH of the parent', '61012b40'],
    ['BLOCKHASH of an ancestor', '60c840'],
    ['SELFBALANCE', '47'],
    ['GAS', '5a'],
  ])('surrounds the message: %s', async (_, code) => {
    const blobVersionedHashes: Hex[] = [`0x01${'ab'.repeat(31)}`, `0x01${'cd'.repeat(31)}`]
    const opts = { origin: HEIR, gasPrice: 77n, value: 3n, blobVersionedHashes }
    await both(holding(`${code}${RETURN}`), calls(opts))
  })

  it('writes slots, refunds and logs', async () => {
    // sstore(0, 0) sstore(1, 9) sstore(2, 2) log2(0, 3, 1, 2)
    const end = await both(holding('6000600055600960015560026002556002600160036000a200', { 0: 5, 2: 2 }), calls({}))
    expect(end).toMatchObject({
      gasRefund: 4800n,
      logs: [[TARGET.toString(), [`0x${'1'.padStart(64, '0')}`, `0x${'2'.padStart(64, '0')}`], '0x000000']],
    })
  })

  it('calls custom precompiles, in the place of others too', async () => {
    const at = `0x${'fe'.repeat(20)}` as const
    const seen: bigint[] = []
    const own: CustomPrecompile[] = [
      {
        address: at,
        function: async ({ data, gasLimit }) => {
          seen.push(gasLimit)
          const [first] = data
          const returnValue = Uint8Array.of(...data, 1)
          if (first === 1) {
            const exceptionError = new EVMError(EVMError.errorMessages.REVERT)
            return { executionGasUsed: 50n, returnValue, exceptionError }
          }
          if (first === 2) {
            const exceptionError = new EVMError(EVMError.errorMessages.OUT_OF_GAS)
            return { executionGasUsed: gasLimit, returnValue: new Uint8Array(), exceptionError }
          }
          return { executionGasUsed: 100n, returnValue }
        },
      },
      { address: address('2'), function: ({ data }) => ({ executionGasUsed: 9n, returnValue: data.slice(1) }) },
    ]
    // Passes its input on, with 50,000 gas, and returns whether that worked and what came of it.
    const relay = (to: string): string => `365f5f375f5f365f5f73${to.slice(2)}61c350f15f523d5f60203e3d6020015ff3`
    const warm: Work = async ({ evm }) => {
      for (const name of evm.precompiles.keys()) evm.journal.addAlwaysWarmAddress(name)
    }
    for (const to of [at, address('2').toString()]) {
      for (const data of [Uint8Array.of(0, 7), Uint8Array.of(1, 7), Uint8Array.of(2, 7)]) {
        const work: Work = async each => {
          await warm(each)
          const direct = createAddressFromString(to)
          return [await calls({ data })(each), await calls({ data, to: direct, gasLimit: 1000n })(each)]
        }
        await both(holding(relay(to)), work, Hardfork.Osaka, own)
      }
    }
    expect(seen.length).toBe(12)
    const taken = {
      common: new Common({ chain: Mainnet }),
      stateManager: {} as never,
      customPrecompiles: [{ address: at }],
    }
    await expect(createWeftEVM(taken)).rejects.toThrow(/"customPrecompiles\[0\]" expected one with a function/)
  })

  it('goes by what the journal has warmed', async () => {
    const sload = holding(`600154600254${RETURN}`, { 1: 1, 2: 2 })
    const warmed: Work = async world => {
      world.evm.journal.addAlwaysWarmSlot(TARGET.toString(), `0x${'2'.padStart(64, '0')}`)
      return calls({})(world)
    }
    const [cold, warm] = [await both(sload, calls({})), await both(sload, warmed)] as { executionGasUsed: bigint }[]
    expect(cold!.executionGasUsed - warm!.executionGasUsed).toBe(2000n)
    // extcodesize(OTHER), which is the beneficiary, warm only where it is told
    const size = holding(`73${OTHER.toString().slice(2)}3b${RETURN}`)
    await both(size, calls({}))
    await both(size, async world => {
      world.evm.journal.addAlwaysWarmAddress(OTHER.toString())
      return calls({})(world)
    })
  })

  it('counts nonces, moves value, and keeps both apart from the message', async () => {
    await both(holding('00'), calls({ value: 1000n }))
    await both(holding('fd'), calls({ value: 1000n }))
    await both(holding('00'), calls({ value: 1000n, skipNonceIncrement: true }))
    await both(holding('00'), calls({ value: 10n ** 19n }))
    await both(holding('00'), calls({ value: 10n ** 19n, skipBalance: true }))
    await both(holding(`34${RETURN}`), calls({ value: 9n, delegatecall: true }))
    await both({}, calls({ value: 0n }))
  })

  it('ends as EthereumJS does: revert, halts, static, code of the caller', async () => {
    for (const code of ['60016000526001601ffd', 'fe', '5b600056', '01', '600456', '5f'.repeat(1025)]) {
      await both(holding(code), calls({ gasLimit: 50_000n }))
    }
    expect(await both(holding('6001600155'), calls({ isStatic: true }))).toMatchObject({ error: 'static state change' })
    await both(holding('00'), calls({ code: hexToBytes('0x60096003556003545f5260205ff3') }))
    await both(holding('00'), calls({ data: hexToBytes('0x1234'), to: OTHER, value: 4n }))
  })

  it.each([Hardfork.Homestead, Hardfork.Byzantium, Hardfork.London, Hardfork.Shanghai, Hardfork.Cancun])(
    'creates and destroys: %s',
    async hardfork => {
      // Initcode that returns selfdestruct(HEIR) as the code; then a creation, a call of it, both in one message.
      const runtime = `73${HEIR.toString().slice(2)}ff`
      const init = hexToBytes(`0x75${runtime}6000526016600af3`)
      await both(holding('00'), calls({ to: undefined as never, data: init, value: 6n }), hardfork)
      // mstore(initcode) create(7, 0, 32) call(it) stop
      const word = `75${runtime}6000526016600af3`.padEnd(64, '0')
      const code = `7f${word}600052602060006003f0600060006000600060008561c350f100`
      await both(holding(code), calls({}), hardfork)
      await both(holding(runtime), calls({ value: 2n }), hardfork)
    },
  )

  it('fails to create where something is', async () => {
    const creation = calls({ to: undefined as never, data: Uint8Array.of(0) })
    const created = (await both(holding('00'), creation)) as { address: Hex }
    const taken = { ...holding('00'), [created.address]: { nonce: 1n } }
    expect(await both(taken, creation)).toMatchObject({ executionGasUsed: 1_000_000n })
  })

  it('forgets transient storage, and rolls back what fails inside', async () => {
    // tload(1) sstore(0, it) tstore(1, 5)
    await both(holding('60015c600055600560015d00'), async world => {
      const first = await calls({})(world)
      await world.evm.journal.cleanup()
      world.state.originalStorageCache.clear()
      return [first, await calls({})(world)]
    })
    // call(OTHER) that stores and reverts
    const inner = {
      ...holding(`6000600060006000600073${OTHER.toString().slice(2)}5af1${RETURN}`),
      [OTHER.toString()]: { code: '600160015560006000fd', nonce: 1n },
    }
    await both(inner, calls({}))
  })

  it('has the precompiled contracts', async () => {
    const input = new Uint8Array(256).fill(1)
    for (let number = 1; number <= 10; number++) {
      const to = address(number.toString(16))
      await both(holding('00'), async world => {
        const end = (await calls({ to, data: input, gasLimit: 200_000n })(world)) as { error?: string }
        return { ...end, error: end.error !== undefined } // EthereumJS has names for what is wrong with a point
      })
    }
  })

  it('follows a delegation (EIP-7702)', async () => {
    const delegated = {
      ...holding(`ef0100${OTHER.toString().slice(2)}`),
      [OTHER.toString()]: { code: `30${RETURN}`, nonce: 1n },
    }
    await both(delegated, calls({}))
  })

  it('stands in the journal: what is reverted there is undone', async () => {
    await both(holding('6009600155'), async world => {
      await world.evm.journal.checkpoint()
      const end = await calls({ value: 3n })(world)
      await world.evm.journal.revert()
      return end
    })
  })

  it('changes the rules with the Common', async () => {
    await both(holding(`5f${RETURN}`), async world => {
      world.common.setHardfork(Hardfork.London)
      const [before, count] = [await calls({})(world), world.evm.precompiles.size]
      world.common.setHardfork(Hardfork.Prague)
      return [before, count, await calls({})(world), world.evm.precompiles.size]
    })
  })
})

describe('runCode', () => {
  const codes =
    (opts: EVMRunCodeOpts): Work =>
    async ({ evm, common }) =>
      plain(await evm.runCode({ gasLimit: 100_000n, ...opts }), common)

  it('executes code where it is told to', async () => {
    await both(holding('00'), codes({ code: hexToBytes(`0x30${RETURN}`), to: TARGET }))
    await both(holding('00'), codes({ code: hexToBytes(`0x333401${RETURN}`), caller: OTHER, value: 8n, to: TARGET }))
    await both(holding('00', { 1: 3 }), codes({ code: hexToBytes('0x6002600155'), to: TARGET }))
    await both({}, codes({ code: hexToBytes(`0x36${RETURN}`), data: new Uint8Array(5) }))
  })
})

describe('runTx', () => {
  it('reports the access list of a transaction', async () => {
    const code = `60015460025473${HEIR.toString().slice(2)}315000`
    await both(holding(code), async ({ common, state, evm }) => {
      const vm = await createVM({ common, stateManager: state, evm })
      const slot: Hex = `0x${'2'.padStart(64, '0')}`
      const accessList = [{ address: TARGET.toString(), storageKeys: [slot] }]
      const fields = { type: 2, to: TARGET, nonce: 4n, gasLimit: 100_000n, maxFeePerGas: 10n, chainId: 1n, accessList }
      const tx = createTx(fields as never, { common, freeze: false })
      tx.getSenderAddress = () => CALLER
      const result = await runTx(vm, { tx, reportAccessList: true, skipHardForkValidation: true })
      return {
        gas: result.totalGasSpent,
        list: result.accessList?.map(item => [item.address, [...item.storageKeys].sort()]).sort(),
      }
    })
  })
})

describe('what it does not do', () => {
  const weft = async (common: Common): Promise<WeftEVM> =>
    createWeftEVM({ common, stateManager: new MerkleStateManager({ common }), wasm: await module })

  it('rules that it does not have', async () => {
    const amsterdam = new Common({ chain: Mainnet, hardfork: Hardfork.Amsterdam })
    await expect(weft(amsterdam)).rejects.toThrow(/common.hardfork\(\).*amsterdam/)
    const extra = new Common({ chain: Mainnet, hardfork: Hardfork.Osaka, eips: [7708] })
    await expect(weft(extra)).rejects.toThrow(/EIP-7708/)
  })

  it('options that would change a message', async () => {
    const evm = await weft(new Common({ chain: Mainnet, hardfork: Hardfork.Osaka }))
    const refused: [string, EVMRunCallOpts & EVMRunCodeOpts][] = [
      ['message', { message: {} as never }],
      ['depth', { depth: 1 }],
      ['isCompiled', { isCompiled: true }],
      ['salt', { salt: new Uint8Array(32) }],
      ['pc', { pc: 1 }],
      ['accessWitness', { accessWitness: {} as never }],
      ['gasLimit', { gasLimit: 2n ** 63n }],
      ['value', { value: -1n }],
    ]
    for (const [field, opts] of refused) await expect(evm.runCall(opts)).rejects.toThrow(field)
    // A refused message leaves the EVM as it was.
    expect((await evm.runCall({ to: TARGET })).execResult.executionGasUsed).toBe(0n)
  })
})
