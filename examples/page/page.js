// A page with the engine in a worker, so that it stays responsive while contracts run. Any bundler that knows workers will do.
const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
const output = document.querySelector('output')
worker.onmessage = ({ data }) => (output.textContent = data)
worker.onerror = ({ message }) => (output.textContent = message)

// Returns six times seven: PUSH1 6, PUSH1 7, MUL, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN.
worker.postMessage(Uint8Array.of(0x60, 6, 0x60, 7, 0x02, 0x5f, 0x52, 0x60, 32, 0x5f, 0xf3))
