// weft bench: the benchmark of the repository, which the package holds compiled. It is loaded by its path: what stands in src/ imports
// nothing of the folders around it.
import { type Command, type OptionValues, UsageError } from './command.ts'

const BENCHMARK = new URL('../../bench/command.js', import.meta.url)

const HELP = `Usage: weft bench [NAME] [options]

Measures messages, blocks, hashing and parts of the engine, in turns with rivals that are installed beside Weft
(@ethereumjs/evm and vm, @foundry-rs/anvil, hash-wasm, js-sha3, @noble/curves); others are named as missing. Every result
is checked before its time is reported. WEFT_DATA names a folder with more cases: evm-bench and mainnet-blocks. EVMONE
names a build of evmone, its shared library or the folder of it, which joins in where there is a C compiler.

Options:
  NAME           only cases with NAME in their name, or of the group NAME: classic, micro, sample, block, parallel,
                 parallel-block, hash, gpu, part, startup; or model, timeline, memory, hash.auto
  --quick        few runs each
  --gpu          the cases on the GPU too, which a run without NAME leaves out
  --json FILE    write all figures to FILE
  --html FILE    write a page with charts to FILE
  -v, --verbose  stack traces of errors
  -h, --help     this text
  -V, --version

Exit code: 0 all cases right, 1 some case wrong, 2 usage error.`

interface Benchmark {
  benchmark(values: OptionValues): Promise<number>
}

async function run(values: OptionValues, positionals: string[]): Promise<number> {
  const [name, ...rest] = positionals
  if (rest.length > 0) throw new UsageError('bench expected at most one NAME (see weft bench --help)')
  const { benchmark } = (await import(BENCHMARK.href)) as Benchmark
  const { quick, gpu, json, html } = values
  return benchmark({ quick, gpu, json, html, ...(name !== undefined && { filter: name }) })
}

/** The command. */
export const bench: Command = {
  name: 'bench',
  summary: 'measures this machine, and rivals where they are installed',
  help: HELP,
  options: {
    quick: { type: 'boolean' },
    gpu: { type: 'boolean' },
    json: { type: 'string' },
    html: { type: 'string' },
  },
  run,
}
