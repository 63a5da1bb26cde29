// A snapshot, two transactions that nobody has signed, what they changed, and back again.
import { createEnv, createWeft, State } from 'weft-evm'

const [ann, bob] = ['0x00000000000000000000000000000000000000a1', '0x00000000000000000000000000000000000000b0']
const weft = await createWeft()
const state = new State()
await state.set(ann, { balance: 10n ** 18n })
const snapshot = state.snapshot()

const on = { env: createEnv('osaka', { gasLimit: 60_000_000n }), source: state }
const payment = { from: ann, to: bob, value: 5n }
console.log('gas', await weft.estimateGas(payment, on))

const { results, diff } = await weft.simulate({ calls: [payment, { ...payment, value: 2n }], ...on })
state.apply(diff)
console.log(results.map(({ status }) => status).join(), (await state.account(bob)).balance)

state.revert(snapshot)
console.log(await state.account(bob))
