// Streams the storage writes of a run, a line of JSON each (EIP-3155), and keeps its tree of calls.
import { CallTreeTracer, createWeft, Eip3155Tracer } from 'weft-evm'

const weft = await createWeft()
const code = Uint8Array.of(0x60, 0x2a, 0x60, 0x00, 0x55, 0x00) // SSTORE(0, 42)

const lines = new Eip3155Tracer(line => console.log(line), { opcodes: ['SSTORE'] })
await weft.call({ code, gas: 50_000n, tracer: lines })

const tree = new CallTreeTracer()
await weft.call({ code, gas: 50_000n, tracer: tree })
console.log(tree.result.type, tree.result.gasUsed)
