// Precompiled contracts of one's own: how they are called, what they see and change, what it costs, and what is wrong with a function.
import { afterEach, describe, expect, it } from 'vitest'
import { Wallets } from '../../bench/blocks/accounts.ts'
import {
  type Address,
  CallTreeTracer,
  createEnv,
  createProvider,
  createWeft,
  type Hex,
  InputError,
  MissingStateError,
  type Precompile,
  type PrecompileCall,
  PrecompileError,
  PrestateTracer,
  type Source,
  type StateKey,
  type Weft,
} from '../../src/index.ts'
import { hexOf } from '../../src/input/hex.ts'
import { addressOf, assemble, CALLER, CONTRACT, sourceOf, type World } from '../core/machine.ts'
import { signTransaction } from '../parallel/sign.ts'
import { wasmBytes } from '../setup/weft.ts'

const HERE: Address = addressOf(0xca11)
const OTHER: Address = addressOf(0xbeef)
const COUNTING = addressOf(0xc0c0)
const env = createEnv('osaka', { gasLimit: 60_000_000n })
const word = (value: number | bigint): string => value.toString(16).padStart(64, '0')
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

const open: Weft[] = []
afterEach(async () => {
  for (const weft of open.splice(0)) await weft.close()
})

/** An engine with these contracts. */
async function engine(...precompiles: Precompile[]): Promise<Weft> {
  const weft = await createWeft({ wasm: wasmBytes('simd'), precompiles })
  open.push(weft)
  return weft
}

/** One contract at HERE; what it was called with is kept. */
function contract(run: Precompile['run']): Precompile & { calls: PrecompileCall[] } {
  const calls: PrecompileCall[] = []
  return {
    address: HERE,
    name: 'test',
    calls,
    run(call, state) {
      calls.push(call)
      return run(call, state)
    },
  }
}

const identity = contract(({ input }) => ({ gasUsed: 15n, output: input }))

/** Slot 0 of whoever it acts for counts its calls; gives the count back. */
const counter = (): Precompile & { calls: PrecompileCall[] } =>
  contract(({ self }, state) => {
    const count = state.storage(self, 0n) + 1n
    state.setStorage(self, 0n, count)
    state.log({ topics: [`0x${word(count)}`], data: bytes(Number(count)) })
    return { gasUsed: 1000n, output: bytes(Number(count)) }
  })

/** Passes its input and value on to `to` and returns success and output; then does what follows. */
const relay = (opcode: 'CALL' | 'CALLCODE' | 'DELEGATECALL' | 'STATICCALL', to = HERE, ...then: string[]): Uint8Array =>
  assemble(
    ...['CALLDATASIZE', 0, 0, 'CALLDATACOPY', 0, 0, 'CALLDATASIZE', 0],
    ...(opcode === 'CALL' || opcode === 'CALLCODE' ? ['CALLVALUE'] : []),
    ...[BigInt(to), 'GAS', opcode, 0, 'MSTORE', 'RETURNDATASIZE', 0, 32, 'RETURNDATACOPY', ...then],
    ...['RETURNDATASIZE', 32, 'ADD', 0, 'RETURN'],
  )

const world = (code: Uint8Array, more: World = {}): World => ({
  [CALLER]: { balance: 10n ** 18n },
  [CONTRACT]: { code, balance: 5n },
  ...more,
})

/** The same state, asked for bit by bit, by promises. */
function slow(source: Source): Source {
  return {
    account: async address => source.account(address),
    storage: async (address, key) => source.storage(address, key),
    code: async hash => source.code(hash),
    blockHash: async number => source.blockHash(number),
  }
}

describe('a call', () => {
  it('by a message has its input, gas, value and caller', async () => {
    const weft = await engine(identity)
    const input = bytes(1, 2, 3)
    const outcome = await weft.call({
      from: CALLER,
      to: HERE,
      input,
      value: 7n,
      gas: 500n,
      env,
      source: sourceOf(world(bytes())),
    })
    expect(outcome).toMatchObject({ status: 'success', gasUsed: 15n, output: input, logs: [] })
    const call = { address: HERE, self: HERE, caller: CALLER, value: 7n, input, gas: 500n, isStatic: false, depth: 0 }
    expect(identity.calls.at(-1)).toEqual(call)
  })

  it('by a transaction moves the value and pays its gas', async () => {
    const weft = await engine(identity)
    const request = { from: CALLER, to: HERE, value: 9n }
    const source = sourceOf(world(bytes()))
    const { results, diff } = await weft.simulate({ calls: [request], env, source })
    expect(results[0]).toMatchObject({
      status: 'success',
      gasUsed: 21_015n,
      output: bytes(),
    })
    expect(diff.find(({ address }) => address === HERE)?.balance).toBe(9n)
    expect(await weft.estimateGas(request, { env, source })).toBe(21_015n)
    expect(
      (await weft.createAccessList({ ...request, to: CONTRACT }, { env, source: sourceOf(world(relay('CALL'))) }))
        .accessList,
    ).toEqual([])
  })

  it.each([
    ['CALL', HERE, CONTRACT, 3n, false],
    ['CALLCODE', CONTRACT, CONTRACT, 3n, false],
    ['DELEGATECALL', CONTRACT, CALLER, 3n, false],
    ['STATICCALL', HERE, CONTRACT, 0n, true],
  ] as const)('by %s acts for whom it should', async (opcode, self, caller, value, isStatic) => {
    const spy = contract(({ input }) => ({ gasUsed: 0n, output: input }))
    const weft = await engine(spy)
    const message = {
      from: CALLER,
      to: CONTRACT,
      input: bytes(0xab),
      value: 3n,
      env,
      source: sourceOf(world(relay(opcode))),
    }
    const { status, output } = await weft.call(message)
    expect([status, hexOf(output)]).toEqual(['success', `0x${word(1)}ab`])
    expect(spy.calls).toMatchObject([{ address: HERE, self, caller, value, isStatic, depth: 1, input: bytes(0xab) }])
  })

  it('finds the account warm, before Berlin and after', async () => {
    const gasOf = async (weft: Weft, fork: 'istanbul' | 'osaka') => {
      const code = assemble(BigInt(HERE), 'BALANCE', 'POP')
      return (await weft.call({ to: CONTRACT, env: createEnv(fork), source: sourceOf(world(code)) })).gasUsed
    }
    expect(await gasOf(await engine(identity), 'osaka')).toBe(3n + 100n + 2n)
    expect(await gasOf(await engine(), 'osaka')).toBe(3n + 2600n + 2n)
    expect(await gasOf(await engine(identity), 'istanbul')).toBe(3n + 700n + 2n)
  })

  it('takes the place of the account’s code, of a delegation it holds, and of the fork’s contract', async () => {
    const source = (code: Uint8Array) => sourceOf(world(relay('CALL'), { [HERE]: { code } }))
    const weft = await engine(identity)
    const delegation = Uint8Array.of(0xef, 0x01, 0x00, ...new Uint8Array(19), 0x04)
    for (const code of [assemble(0, 0, 'REVERT'), delegation]) {
      for (const to of [HERE, CONTRACT]) {
        const { status, output } = await weft.call({ to, input: bytes(5), env, source: source(code) })
        expect([status, output.at(-1)]).toEqual(['success', 5])
      }
      const { results } = await weft.simulate({
        calls: [{ from: CALLER, to: HERE, data: bytes(6) }],
        env,
        source: source(code),
      })
      expect(results[0]!.output).toEqual(bytes(6))
    }
    const reversed = await engine({
      address: addressOf(4),
      run: ({ input }) => ({ gasUsed: 1n, output: input.toReversed() }),
    })
    expect((await reversed.call({ to: addressOf(4), input: bytes(1, 2), env })).output).toEqual(bytes(2, 1))
    expect((await weft.call({ to: addressOf(4), input: bytes(1, 2), env })).output).toEqual(bytes(1, 2))
  })

  it('of an account that delegates to it executes nothing, as with the fork’s contracts (EIP-7702)', async () => {
    const spy = contract(() => ({ gasUsed: 0n, output: bytes(1) }))
    const weft = await engine(spy)
    const code = Uint8Array.of(0xef, 0x01, 0x00, ...Buffer.from(HERE.slice(2), 'hex'))
    const { status, output } = await weft.call({
      to: OTHER,
      env,
      source: sourceOf(world(bytes(), { [OTHER]: { code } })),
    })
    expect([status, output.length, spy.calls.length]).toEqual(['success', 0, 0])
  })
})

describe('an answer', () => {
  const ended = async (result: Awaited<ReturnType<Precompile['run']>>) => {
    const weft = await engine(contract(() => result))
    const direct = await weft.call({ to: HERE, gas: 500n, env })
    const called = await weft.call({ to: CONTRACT, env, gas: 100_000n, source: sourceOf(world(relay('CALL'))) })
    return { direct, called: hexOf(called.output), gas: called.gasUsed }
  }

  it('that reverts keeps the gas that is left', async () => {
    const { direct, called, gas } = await ended({ status: 'revert', gasUsed: 20n, output: bytes(0xee) })
    expect(direct).toMatchObject({ status: 'revert', gasUsed: 20n, output: bytes(0xee) })
    expect([called, gas < 1000n]).toEqual([`0x${word(0)}ee`, true])
  })

  it('that halts takes all gas', async () => {
    const { direct, called, gas } = await ended({ status: 'halt', output: bytes(1) })
    expect(direct).toMatchObject({ status: 'halt', haltReason: 'PRECOMPILE_FAILURE', gasUsed: 500n, output: bytes() })
    expect([called, gas > 98_000n]).toEqual([`0x${word(0)}`, true])
  })

  it('that costs more than there is is out of gas', async () => {
    const { direct } = await ended({ gasUsed: 501n, output: bytes(1) })
    expect(direct).toMatchObject({ status: 'halt', haltReason: 'OUT_OF_GAS', gasUsed: 500n })
    expect((await ended({ gasUsed: 500n })).direct).toMatchObject({ status: 'success', gasUsed: 500n })
    expect((await ended({ gasUsed: 2n ** 64n - 1n })).direct).toMatchObject({ haltReason: 'OUT_OF_GAS' })
  })

  it('may be a promise', async () => {
    const weft = await engine(
      contract(async ({ input }, state) => {
        await new Promise(resolve => setTimeout(resolve, 5))
        state.setStorage(HERE, 1n, 2n)
        return { gasUsed: 1n, output: input }
      }),
    )
    const { output, diff } = await weft.call({
      to: CONTRACT,
      input: bytes(4),
      env,
      source: sourceOf(world(relay('CALL'))),
      withDiff: true,
    })
    expect(output.at(-1)).toBe(4)
    expect(diff!.find(({ address }) => address === HERE)).toMatchObject({ nonce: 1n, storage: [[1n, 2n]] })
  })
})

describe('state', () => {
  it('is changed by calls that succeed, and comes with logs', async () => {
    const weft = await engine(counter())
    const source = sourceOf(world(relay('CALL')))
    const calls = [1, 2, 3].map(() => ({ from: CALLER, to: CONTRACT }))
    const { results, diff } = await weft.simulate({ calls, env, source })
    expect(results.map(({ output }) => output.at(-1))).toEqual([1, 2, 3])
    expect(results.map(({ logs }) => logs.map(({ address, topics, data }) => [address, topics, data]))).toEqual(
      [1, 2, 3].map(i => [[HERE, [`0x${word(i)}`], bytes(i)]]),
    )
    // An empty account cannot keep storage: it has nonce 1 as a new contract has.
    expect(diff.find(({ address }) => address === HERE)).toMatchObject({ nonce: 1n, balance: 0n, storage: [[0n, 3n]] })
  })

  it('is that of the caller with DELEGATECALL, as an SLOAD there sees', async () => {
    const weft = await engine(counter())
    const code = relay('DELEGATECALL', HERE, 'STOP')
    const first = assemble(...[0, 'SLOAD', 7, 'ADD', 0, 'SSTORE'], code)
    const source = sourceOf(world(first, { [CONTRACT]: { code: first, storage: [[0n, 20n]] } }))
    const { diff } = await weft.call({ to: CONTRACT, env, source, withDiff: true })
    expect(diff!.map(({ address, storage }) => [address, storage])).toEqual([[CONTRACT, [[0n, 28n]]]])
  })

  it.each([
    [
      'the call itself',
      contract((_, state) => {
        state.setStorage(HERE, 0n, 5n)
        state.setBalance(OTHER, 5n)
        state.log({ topics: [] })
        return { status: 'revert', gasUsed: 0n }
      }),
      relay('CALL'),
    ],
    [
      'the call, which costs too much',
      contract((_, state) => {
        state.setStorage(HERE, 0n, 5n)
        state.log({ topics: [] })
        return { gasUsed: 2n ** 40n }
      }),
      relay('CALL'),
    ],
  ])('is as before when %s fails', async (_, failing, code) => {
    const weft = await engine(failing)
    const outcome = await weft.call({ to: CONTRACT, env, source: sourceOf(world(code)), withDiff: true })
    expect(outcome).toMatchObject({ status: 'success', logs: [] })
    expect([outcome.output.at(31), outcome.diff]).toEqual([0, []])
  })

  it('is as before when a frame around the call fails', async () => {
    const weft = await engine(counter())
    const failing = relay('CALL', HERE, 'INVALID')
    const reverting = assemble(...[0, 0, 0, 0, 0, BigInt(HERE), 'GAS', 'CALL', 0, 0, 'REVERT'])
    const twice = assemble(
      ...[0, 0, 0, 0, 0, BigInt(OTHER), 30_000, 'CALL', 0, 0, 0, 0, 0, BigInt(COUNTING), 30_000, 'CALL'],
      ...[0, 0, 0, 0, 0, BigInt(HERE), 'GAS', 'CALL'],
    )
    const more = { [OTHER]: { code: failing }, [COUNTING]: { code: reverting } }
    const { diff, logs } = await weft.call({ to: CONTRACT, env, source: sourceOf(world(twice, more)), withDiff: true })
    expect(diff!.map(({ address, storage }) => [address, storage])).toEqual([[HERE, [[0n, 1n]]]])
    expect(logs).toHaveLength(1)
  })

  it('has balances, which may be set, with the value that the call brings', async () => {
    const weft = await engine(
      contract(({ self }, state) => {
        const before = state.account(self)!.balance
        state.setBalance(OTHER, before * 2n)
        state.setBalance(self, 0n)
        return {
          gasUsed: 0n,
          output: bytes(Number(state.account(OTHER)!.balance), Number(state.account(self)!.balance)),
        }
      }),
    )
    const source = sourceOf(world(relay('CALL'), { [OTHER]: { balance: 1n } }))
    const outcome = await weft.call({ from: CALLER, to: CONTRACT, value: 4n, env, source, withDiff: true })
    expect(outcome.output.subarray(32)).toEqual(bytes(8, 0))
    const balances = new Map(outcome.diff!.map(({ address, balance }) => [address, balance]))
    expect(balances).toEqual(
      new Map([
        [CALLER, 10n ** 18n - 4n],
        [OTHER, 8n],
      ]),
    )
  })

  it('may not be changed in a static call, which fails as an opcode would', async () => {
    const weft = await engine(counter())
    const outcome = await weft.call({ to: CONTRACT, env, source: sourceOf(world(relay('STATICCALL'))), withDiff: true })
    expect([outcome.output.at(31), outcome.diff]).toEqual([0, []])
    const tracer = new CallTreeTracer()
    await weft.call({ to: CONTRACT, env, source: sourceOf(world(relay('STATICCALL'))), tracer })
    expect(tracer.result?.calls).toMatchObject([{ type: 'STATICCALL', to: HERE, error: 'write protection' }])
    const reader = contract(({ self }, state) => ({ gasUsed: 0n, output: bytes(Number(state.storage(self, 0n))) }))
    const source = sourceOf(world(relay('STATICCALL'), { [HERE]: { storage: [[0n, 9n]] } }))
    expect((await (await engine(reader)).call({ to: CONTRACT, env, source })).output).toEqual(
      bytes(...new Uint8Array(31), 1, 9),
    )
  })

  it('that is not there yet is fetched, and the function called again', async () => {
    const spy = contract((_, state) => {
      const first = state.storage(OTHER, 1n)
      const second = state.storage(OTHER, first)
      state.setStorage(COUNTING, second, state.account(OTHER)!.balance)
      return { gasUsed: 0n, output: bytes(Number(second)) }
    })
    const weft = await engine(spy)
    const source = sourceOf(
      world(relay('CALL'), {
        [OTHER]: {
          balance: 6n,
          storage: [
            [1n, 2n],
            [2n, 3n],
          ],
        },
      }),
    )
    const run = { to: CONTRACT, env, withDiff: true }
    const expected = await weft.call({ ...run, source })
    expect(spy.calls).toHaveLength(1)
    expect(expected.diff).toMatchObject([{ address: COUNTING, nonce: 1n, storage: [[3n, 6n]] }])
    expect(await weft.call({ ...run, source: slow(source) })).toEqual(expected)
    expect(spy.calls.length).toBeGreaterThan(2)
  })

  it('that is far away is guessed first: only the last answer counts, and a failure on a guess does not', async () => {
    const all = sourceOf(world(relay('CALL'), { [OTHER]: { storage: [[1n, 2n]] } }))
    const fetched = new Set<string>()
    const nameOf = (key: StateKey): string => Object.values(key).join()
    const far: Source = {
      ...slow(all),
      account: address => all.account(address),
      storage: (address, key) => all.storage(address, key),
      code: hash => all.code(hash),
      has: key => fetched.has(nameOf(key)) || key.kind === 'code',
      prefetch: async keys => void keys.forEach(key => void fetched.add(nameOf(key))),
    }
    const seen: bigint[] = []
    const weft = await engine(
      contract((_, state) => {
        const value = state.storage(OTHER, 1n)
        seen.push(value)
        if (value === 0n) throw new Error('a guess')
        state.setStorage(HERE, 0n, value)
        return { gasUsed: 0n, output: bytes(Number(value)) }
      }),
    )
    const { output, diff } = await weft.call({ to: CONTRACT, env, source: far, withDiff: true })
    expect([output.at(-1), diff?.map(({ storage }) => storage)]).toEqual([2, [[[0n, 2n]]]])
    expect(seen.at(0)).toBe(0n)
    expect(seen.at(-1)).toBe(2n)
  })

  it('is asked for again where the function swallows that it is missing, and where it waits before', async () => {
    const source = slow(sourceOf(world(relay('CALL'), { [OTHER]: { storage: [[1n, 2n]] } })))
    const swallowing = await engine(
      contract((_, state) => {
        let value = 99n
        try {
          value = state.storage(OTHER, 1n)
        } catch {}
        return { gasUsed: 0n, output: bytes(Number(value)) }
      }),
    )
    expect((await swallowing.call({ to: HERE, env, source })).output).toEqual(bytes(2))
    const waiting = await engine(
      contract(async (_, state) => {
        await Promise.resolve()
        return { gasUsed: 0n, output: bytes(Number(state.storage(OTHER, 1n))) }
      }),
    )
    expect((await waiting.call({ to: HERE, env, source })).output).toEqual(bytes(2))
  })

  it('is closed when the call is over', async () => {
    let kept: Parameters<Precompile['run']>[1] | undefined
    const weft = await engine(
      contract((_, state) => {
        kept = state
        return { gasUsed: 0n }
      }),
    )
    await weft.call({ to: HERE, env })
    expect(() => kept!.storage(HERE, 0n)).toThrow(/"state" expected to be used during its call/)
    expect(() => kept!.setStorage(HERE, 0n, 1n)).toThrow(InputError)
  })

  it('is told to tracers', async () => {
    const weft = await engine(counter())
    const [tree, before] = [new CallTreeTracer({ withLog: true }), new PrestateTracer({ diffMode: true })]
    for (const tracer of [tree, before]) {
      const source = sourceOf(world(relay('CALL'), { [HERE]: { storage: [[0n, 4n]] } }))
      await weft.call({ from: CALLER, to: CONTRACT, env, source, tracer })
    }
    expect(tree.result?.calls).toMatchObject([{ type: 'CALL', to: HERE, output: '0x05', gasUsed: '0x3e8' }])
    expect(tree.result?.calls?.[0]?.logs).toMatchObject([{ address: HERE, data: '0x05' }])
    expect(JSON.stringify(before.result)).toContain(`"${HERE}":{"storage":{"0x${word(0)}":"0x${word(5)}"}}`)
  })
})

describe('a signed transaction', () => {
  const sender = new Wallets('precompiles').next()
  const signed = (nonce: Hex, to: Address): Uint8Array =>
    signTransaction(
      { nonce, to, gas: '0x186a0', gasPrice: '0x1', value: '0x0', input: '0x05' } as { nonce: Hex },
      sender,
    )
  const worldOf = (code: Uint8Array) => sourceOf(world(code, { [sender.address]: { balance: 10n ** 18n, nonce: 0n } }))
  /** The counter, with a wait in the middle. */
  const patient = (): Precompile =>
    contract(async ({ self }, state) => {
      const count = state.storage(self, 0n) + 1n
      await new Promise(resolve => setTimeout(resolve, 5))
      state.setStorage(self, 0n, count)
      state.log({ topics: [`0x${word(count)}`], data: bytes(Number(count)) })
      return { gasUsed: 1000n, output: bytes(Number(count)) }
    })

  it('calls one, which may be a promise, and pays for it', async () => {
    for (const precompile of [counter(), patient()]) {
      const weft = await engine(precompile)
      const source = worldOf(relay('CALL'))
      const direct = await weft.runTx(signed('0x0', HERE), { env, source })
      // Its input is one byte of calldata that is not zero.
      expect(direct).toMatchObject({ status: 'success', gasUsed: 21_016n + 1000n, output: bytes(1) })
      expect(direct.logs).toMatchObject([{ address: HERE, topics: [`0x${word(1)}`], data: bytes(1) }])
      source.apply(direct.diff)
      const within = await weft.runTx(signed('0x1', CONTRACT), { env, source })
      expect([within.status, within.output.at(-1)]).toEqual(['success', 2])
      source.apply(within.diff)
      expect([source.storage(HERE, 0n), source.account(sender.address)]).toEqual([
        2n,
        { ...source.account(sender.address), nonce: 2n, balance: 10n ** 18n - direct.gasUsed - within.gasUsed },
      ])
    }
  })

  it('does so at once where it is no promise', async () => {
    const weft = await engine(counter(), { ...patient(), address: OTHER })
    await weft.load()
    const source = worldOf(relay('CALL'))
    const outcome = weft.runTxSync(signed('0x0', CONTRACT), { env, source })
    expect(outcome).toEqual(await weft.runTx(signed('0x0', CONTRACT), { env, source }))
    expect(outcome.diff.find(({ address }) => address === HERE)).toMatchObject({ storage: [[0n, 1n]] })
    expect(() => weft.runTxSync(signed('0x0', OTHER), { env, source })).toThrow(
      expect.objectContaining({ code: 'PRECOMPILE_ASYNC', address: OTHER }),
    )
    // And the engine is as good as before.
    expect(weft.runTxSync(signed('0x0', HERE), { env, source }).output).toEqual(bytes(1))
  })

  it('keeps nothing of one that fails but the fee', async () => {
    const weft = await engine(
      contract((_, state) => {
        state.setStorage(HERE, 0n, 9n)
        return { status: 'halt' }
      }),
    )
    const source = worldOf(bytes())
    const { status, gasUsed, diff } = await weft.runTx(signed('0x0', HERE), { env, source })
    expect([status, gasUsed, diff.map(({ address, storage }) => [address, storage])]).toEqual([
      'halt',
      100_000n,
      [
        [sender.address, []],
        [env.coinbase, []],
      ],
    ])
  })
})

describe('what is wrong', () => {
  const failure = async (run: Precompile['run']): Promise<PrecompileError> => {
    const weft = await engine(contract(run))
    const error = await weft
      .call({ to: CONTRACT, env, source: sourceOf(world(relay('CALL'))) })
      .catch((error: unknown) => error)
    // The engine is as good as before.
    expect((await weft.call({ to: CONTRACT, env, source: sourceOf(world(assemble('STOP'))) })).status).toBe('success')
    expect(error).toBeInstanceOf(PrecompileError)
    return error as PrecompileError
  }

  it('with an error that is thrown is its cause', async () => {
    const cause = new TypeError('no such thing')
    const thrown = [
      () => {
        throw cause
      },
      async () => {
        throw cause
      },
      async () => Promise.reject(cause),
    ]
    for (const run of thrown) {
      const error = await failure(run)
      expect(error).toMatchObject({ address: HERE, code: 'PRECOMPILE', cause })
      expect(error.message).toBe(`precompile "test" at ${HERE} threw an error\nCause: no such thing`)
    }
  })

  it.each([
    ['result', undefined],
    ['gasUsed', {}],
    ['gasUsed', { gasUsed: 5 }],
    ['gasUsed', { gasUsed: -1n }],
    ['gasUsed', { gasUsed: 2n ** 64n }],
    ['output', { gasUsed: 1n, output: '0x' }],
    ['output', { gasUsed: 1n, output: new Uint8Array(16 * 1024 * 1024 + 1) }],
    ['status', { gasUsed: 1n, status: 'failed' }],
    ['status', { gasUsed: 1n, status: 'toString' }],
  ])('with a result says so of %s', async (field, result) => {
    const error = await failure(() => result as never)
    expect(error.shortMessage).toBe(`precompile "test" at ${HERE} answered what is no result`)
    expect(error.cause).toMatchObject({ field })
  })

  it.each<[string, (state: Parameters<Precompile['run']>[1]) => unknown]>([
    ['address', state => state.account('0x12')],
    ['key', state => state.storage(HERE, -1n)],
    ['value', state => state.setStorage(HERE, 0n, 1n << 256n)],
    ['balance', state => state.setBalance(HERE, 5 as never)],
    ['topics', state => state.log({ topics: Array(5).fill(`0x${word(0)}`) as Hex[] })],
    ['topics[1]', state => state.log({ topics: [`0x${word(0)}`, '0x12'] })],
    ['data', state => state.log({ topics: [], data: 'text' as never })],
  ])('with an argument names it: %s', async (field, wrong) => {
    const error = await failure((_, state) => {
      wrong(state)
      return { gasUsed: 0n }
    })
    expect(error.cause).toMatchObject({ code: 'INPUT', field })
  })

  it('with the list is told when the engine is made', async () => {
    const run = identity.run
    const wrong: [Precompile[], RegExp][] = [
      [[{ address: '0x12', run }], /"precompiles\[0\]\.address" expected 20 bytes/],
      [[{ address: HERE } as Precompile], /"precompiles\[0\]\.run" expected a function/],
      [
        [identity, { address: HERE.toUpperCase().replace('0X', '0x') as Address, run }],
        /"precompiles\[1\]\.address" expected one contract/,
      ],
      [
        Array.from({ length: 129 }, (_, i) => ({ address: addressOf(i), run })),
        /at most 128 \(MAX_PRECOMPILES\), got 129/,
      ],
    ]
    for (const [precompiles, message] of wrong)
      await expect(createWeft({ wasm: wasmBytes('simd'), precompiles })).rejects.toThrow(message)
    const most = await engine(...Array.from({ length: 128 }, (_, i) => ({ address: addressOf(0x1000 + i), run })))
    expect((await most.call({ to: addressOf(0x107f), input: bytes(1), env })).output).toEqual(bytes(1))
  })

  it('with a promise in a synchronous call is an error; the rest works there too', async () => {
    const weft = await engine(
      contract(async () => ({ gasUsed: 0n })),
      { ...counter(), address: OTHER },
    )
    expect(() => weft.callSync({ to: HERE, env })).toThrow(
      expect.objectContaining({ code: 'PRECOMPILE_ASYNC', address: HERE }),
    )
    const source = sourceOf(world(relay('CALL', OTHER)))
    expect(weft.callSync({ to: CONTRACT, env, source }).output.at(-1)).toBe(1)
    expect(() => weft.callSync({ to: OTHER, env, source: slow(source) })).toThrow(MissingStateError)
  })
})

describe('waiting', () => {
  it('does not keep close() from ending when the function is done', async () => {
    let release = (): void => {}
    const gate = new Promise<void>(resolve => (release = resolve))
    const weft = await engine(
      contract(async () => {
        await gate
        return { gasUsed: 1n }
      }),
    )
    const call = weft.call({ to: HERE, env })
    let closed = false
    const closing = weft.close().then(() => (closed = true))
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(closed).toBe(false)
    release()
    expect((await call).status).toBe('success')
    await closing
    await expect(weft.call({ to: HERE, env })).rejects.toThrow('a closed one')
  })

  it('lets calls queue', async () => {
    const order: number[] = []
    const weft = await engine(
      contract(async ({ input }) => {
        await new Promise(resolve => setTimeout(resolve, input[0] === 1 ? 15 : 1))
        order.push(input[0]!)
        return { gasUsed: 1n, output: input }
      }),
    )
    const outcomes = await Promise.all([1, 2, 3].map(i => weft.call({ to: HERE, input: bytes(i), env })))
    expect([order, outcomes.map(({ output }) => output[0])]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
  })
})

it('serves a provider', async () => {
  const weft = await engine(counter())
  const provider = await createProvider(weft)
  const [from] = (await provider.request({ method: 'eth_accounts' })) as Address[]
  for (let i = 0; i < 2; i++) await provider.request({ method: 'eth_sendTransaction', params: [{ from, to: HERE }] })
  const slot = await provider.request({ method: 'eth_getStorageAt', params: [HERE, '0x0', 'latest'] })
  expect(slot).toBe(`0x${word(2)}`)
  expect(await provider.request({ method: 'eth_call', params: [{ from, to: HERE }, 'latest'] })).toBe('0x03')
})
