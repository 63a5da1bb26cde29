// Runs that are given up by a signal: while a contract of one's own or the source is waited for, and while code runs.
import { afterEach, describe, expect, it } from 'vitest'
import {
  createEnv,
  createWeft,
  type Hex,
  type Precompile,
  type PrecompileState,
  type Source,
  type Weft,
} from '../../src/index.ts'
import { encodeRequest } from '../../src/simulate/request.ts'
import { addressOf, assemble, CALLER, CONTRACT, sourceOf } from '../core/machine.ts'
import { wasmBytes } from '../setup/weft.ts'

const HERE = addressOf(0xca11)
const env = createEnv('osaka', { gasLimit: 60_000_000n })
const GIVEN_UP = new Error('given up')
const never = new Promise<never>(() => {})

const open: Weft[] = []
afterEach(async () => {
  for (const weft of open.splice(0)) await weft.close()
})
async function engine(...precompiles: Precompile[]): Promise<Weft> {
  const weft = await createWeft({ wasm: wasmBytes('simd'), precompiles })
  open.push(weft)
  return weft
}

const world = (code: Uint8Array = assemble('STOP')) =>
  sourceOf({ [CALLER]: { balance: 10n ** 18n, nonce: 0n }, [CONTRACT]: { code, storage: [[0n, 7n]] } })
/** The same state, whose answers are made by a function. */
const asked = (answer: <T>(value: T) => Promise<T>): Source => {
  const all = world(assemble(0, 'SLOAD', 0, 'MSTORE', 32, 0, 'RETURN'))
  return {
    account: async address => all.account(address),
    storage: (address, key) => answer(all.storage(address, key)),
    code: async hash => all.code(hash),
    blockHash: async number => all.blockHash(number),
  }
}

type Method = (weft: Weft, to: Hex, source: Source, signal: AbortSignal) => Promise<unknown>
const methods: [string, Method][] = [
  ['call', (weft, to, source, signal) => weft.call({ to, env, source, signal })],
  [
    'runTx',
    (weft, to, source, signal) => {
      const signed = encodeRequest({ to }, 100_000n, 1n, { nonce: 0n, seal: CALLER })
      return weft.runTx(signed, { env, source, sender: CALLER, signal })
    },
  ],
  ['simulate', (weft, to, source, signal) => weft.simulate({ calls: [{ from: CALLER, to }], env, source, signal })],
  ['estimateGas', (weft, to, source, signal) => weft.estimateGas({ from: CALLER, to }, { env, source, signal })],
  ['createAccessList', (weft, to, source, signal) => weft.createAccessList({ to }, { env, source, signal })],
]

/** A signal that says so in a moment. */
function soon(): AbortSignal {
  const controller = new AbortController()
  setTimeout(() => controller.abort(GIVEN_UP), 5)
  return controller.signal
}

describe.each(methods)('%s', (_, run) => {
  it('is given up while a contract is waited for that never answers, and the engine goes on and closes', async () => {
    let kept: PrecompileState | undefined
    const weft = await engine({
      address: HERE,
      run: (_, state) => {
        kept = state
        return never
      },
    })
    await expect(run(weft, HERE, world(), soon())).rejects.toBe(GIVEN_UP)
    // A function that goes on sees the state of no other run.
    const next = weft.call({ to: CONTRACT, env, source: world() })
    expect(() => kept!.storage(CONTRACT, 0n)).toThrow(/to be used during its call/)
    expect((await next).status).toBe('success')
    await weft.close()
  })

  it('is given up while the source is waited for, whose answers then reach no other run', async () => {
    const weft = await engine()
    await expect(
      run(
        weft,
        CONTRACT,
        asked(() => never),
        soon(),
      ),
    ).rejects.toBe(GIVEN_UP)
    let release = (): void => {}
    const gate = new Promise<void>(resolve => {
      release = resolve
    })
    const late = asked(async () => {
      await gate
      return 99n as never
    })
    await expect(run(weft, CONTRACT, late, soon())).rejects.toBe(GIVEN_UP)
    const all = asked(async value => value)
    const account: Source['account'] = async address => {
      // Before the slot is asked for: what came of the run before would be taken for it.
      release()
      await new Promise(resolve => setTimeout(resolve, 5))
      return all.account(address)
    }
    const slow = { ...all, account }
    const { output } = await weft.call({ to: CONTRACT, env, source: slow })
    expect(output.at(-1)).toBe(7)
  })

  it('is given up before it began, and nothing is asked', async () => {
    let calls = 0
    const weft = await engine({
      address: HERE,
      run: () => {
        calls++
        return { gasUsed: 0n }
      },
    })
    await expect(run(weft, HERE, world(), AbortSignal.abort(GIVEN_UP))).rejects.toBe(GIVEN_UP)
    expect(calls).toBe(0)
    // A signal that says nothing changes nothing.
    await run(weft, HERE, world(), new AbortController().signal)
    expect(calls).toBeGreaterThan(0)
  })
})

it('code that runs long is given up where it comes up for air', async () => {
  const weft = await engine()
  const endless = assemble('JUMPDEST', 0, 'JUMP')
  const running = weft.call({ code: endless, gas: 2n ** 60n, env, signal: soon() })
  await expect(running).rejects.toBe(GIVEN_UP)
  expect((await weft.call({ code: '0x00' })).status).toBe('success')
})

it('a far source is not waited for, nor overrides of one', async () => {
  const weft = await engine()
  const far: Source = { ...asked(async value => value), has: () => false, prefetch: () => never }
  await expect(weft.call({ to: CONTRACT, env, source: far, signal: soon() })).rejects.toBe(GIVEN_UP)
  const stateOverride = [{ address: CONTRACT, balance: 1n }]
  const lost: Source = { ...asked(async value => value), account: () => never }
  await expect(weft.call({ to: CONTRACT, env, source: lost, stateOverride, signal: soon() })).rejects.toBe(GIVEN_UP)
  const simulation = { calls: [{ to: CONTRACT }], env, source: lost, stateOverride, signal: soon() }
  await expect(weft.simulate(simulation)).rejects.toBe(GIVEN_UP)
})

it('a synchronous call looks at the signal before it begins', async () => {
  const weft = await engine()
  const signal = AbortSignal.abort(GIVEN_UP)
  expect(() => weft.callSync({ code: '0x00', signal })).toThrow(GIVEN_UP)
  expect(() => weft.simulateSync({ calls: [], env, source: world(), signal })).toThrow(GIVEN_UP)
})
