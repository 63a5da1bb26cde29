// Takes the state of a chain from a node and changes it: whoever has no ether there has some here.
//   node examples/fork-mainnet.js https://my.node/key
import { createWeft, rpcSource, State } from 'weft-evm'

const url = process.argv[2] ?? 'http://127.0.0.1:8545'
const source = await rpcSource(url, 'latest')
const state = new State(source)
const [nobody, friend] = [`0x${'0b'.repeat(20)}`, `0x${'0c'.repeat(20)}`]
await state.set(nobody, { balance: 10n ** 18n })

const weft = await createWeft()
const payment = { from: nobody, to: friend, value: 1n }
const { results } = await weft.simulate({ calls: [payment], env: source.env, source: state })
console.log(`at block ${source.number}: ${results[0].status}, ${results[0].gasUsed} gas`)
console.log(`${source.metrics.roundTrips} round trips`)
