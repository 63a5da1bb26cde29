// A precompiled contract of one's own: it gives a number from outside the chain, is paid for, and counts in its storage how often who asked.
import { createEnv, createWeft, State } from 'weft-evm'

const [ann, feed] = ['0x00000000000000000000000000000000000000a1', '0x0000000000000000000000000000000000000fee']
const temperature = async () => 23 // from a file, a database, another service

const weft = await createWeft({
  precompiles: [
    {
      address: feed,
      name: 'temperature',
      async run({ caller, value }, state) {
        if (value < 10n) return { status: 'revert', gasUsed: 100n }
        const count = state.storage(feed, BigInt(caller))
        state.setStorage(feed, BigInt(caller), count + 1n)
        return { gasUsed: 5000n, output: Uint8Array.of(await temperature()) }
      },
    },
  ],
})

const state = new State()
await state.set(ann, { balance: 10n ** 18n })
const calls = [20n, 5n, 10n].map(value => ({ from: ann, to: feed, value }))
const { results, diff } = await weft.simulate({
  calls,
  env: createEnv('osaka', { gasLimit: 60_000_000n }),
  source: state,
})
for (const { status, gasUsed, output } of results) console.log(status, gasUsed, [...output].join())
state.apply(diff)
console.log('asked', await state.storage(feed, BigInt(ann)), 'times, paid', (await state.account(feed)).balance)
