// Calls a contract on a state in memory, without a transaction around it, and at once.
import { createEnv, createWeft, State } from 'weft-evm'

const weft = await createWeft()
const state = new State()

// A contract that returns what slot 0 holds, plus one: SLOAD, ADD, RETURN.
const contract = '0x00000000000000000000000000000000c0ffee00'
const code = Uint8Array.of(0x5f, 0x54, 0x60, 0x01, 0x01, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3)
await state.set(contract, { code, storage: [[0n, 41n]] })

const { status, output, gasUsed } = weft.callSync({ to: contract, env: createEnv('osaka'), source: state })
console.log(status, output.at(-1), `with ${gasUsed} gas`)
