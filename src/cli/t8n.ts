// weft t8n: one state transition, by the protocol that EELS, evmone and geth speak (`evm t8n`): alloc, env and transactions in, result,
// alloc and body out, as files or through stdin and stdout. Tools that fill tests and compare clients call it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BlobParameters, forkByName, LATEST_FORK } from '../chain/forks.ts'
import { createSign } from '../crypto/sign.ts'
import { describe } from '../errors.ts'
import { Fields } from '../input/fields.ts'
import { readJsonFile } from '../input/file.node.ts'
import { hexOf } from '../input/hex.ts'
import { parseJson } from '../input/json.ts'
import { withQuantities } from '../input/lenient.ts'
import { encodeRlp } from '../input/rlp.ts'
import { decodeRlp } from '../input/rlp-decode.ts'
import { allocJson, readAlloc } from '../state/alloc.ts'
import { readTransitionEnv } from '../t8n/env.ts'
import { readTransactions } from '../t8n/transactions.ts'
import { runTransition, type Transition, type TransitionInput } from '../t8n.ts'
import { type Command, complain, OK, type OptionValues, UsageError } from './command.ts'
import { readNumberArgument } from './run.ts'
import { resultJson } from './t8n-result.ts'
import { OpcodeCounter, traceFiles, writing } from './t8n-trace.ts'
import { TRACE_FIELDS, TRACE_FIELDS_HELP } from './tracing.ts'

const HELP = `Usage: weft t8n [options]

Executes the transactions of one block on a state and prints what comes out. Transactions that are invalid are rejected,
and the others go on. A file named stdin is read from stdin, which then holds { alloc, env, txs }.

Input:
  --input.alloc FILE       state: address to balance, nonce, code, storage (default alloc.json)
  --input.env FILE         block environment (default env.json)
  --input.txs FILE         array of transactions, signed or with secretKey, or RLP as hex text (default txs.json)
  --input.blobParams FILE  { target, max, baseFeeUpdateFraction } instead of those of the fork
  --state.fork NAME        rules (default ${LATEST_FORK.name})
  --state.chainid N        (default 1)
  --state.reward N         wei for the beneficiary, and its share for those of uncles; -1 for no reward at all, which does
                           not touch the beneficiary's account, as 0 does (default 0)
  --state-test             only the transactions: no system calls, withdrawals, requests or rewards
Output, each a file in --output.basedir, stdout or stderr; what goes to one stream is one JSON object:
  --output.basedir FOLDER  (default .)
  --output.result FILE     roots, receipts, rejected transactions (default result.json)
  --output.alloc FILE      state afterwards (default alloc.json)
  --output.body FILE       RLP of the transactions in the block (default: not written)
  --opcode.count FILE      { opcode name: how often the transactions in the block executed it }
  --trace                  trace-<i>-<hash>.jsonl in --output.basedir for each transaction in the block, <i> being the
                           position of its receipt: EIP-3155 lines, and one with the output and gas of the outermost call
${TRACE_FIELDS_HELP}
Other:
  -v, --verbose            stack traces of errors
  -h, --help               this text
  -V, --version

Exit code: 0 done, whatever was rejected, 2 usage or file error.`

const MAX_U256 = 2n ** 256n - 1n
const MAX_U64 = 2n ** 64n - 1n

/** Documents of the protocol by name. */
type Documents = (name: 'alloc' | 'env' | 'txs' | 'blobParams') => { json: unknown; file: string }

/** Reads each document where its option says it is; stdin is read once. */
function documents(values: OptionValues): Documents {
  let stdin: Fields | undefined
  return name => {
    const file = String(values[`input.${name}`] ?? `${name}.json`)
    if (file !== 'stdin') return { json: readJsonFile(file), file }
    stdin ??= new Fields(
      parseJson(readFileSync(0), 'stdin'),
      { file: 'stdin', path: '' },
      'an object of alloc, env, txs',
    )
    return { json: stdin.raw(name), file: `stdin: ${name}` }
  }
}

/** All that a transition needs, from the options. */
async function readInput(values: OptionValues): Promise<TransitionInput> {
  const forkName = String(values['state.fork'] ?? LATEST_FORK.name)
  const fork = forkByName(forkName, { field: '--state.fork' })
  const chainId = readNumberArgument(String(values['state.chainid'] ?? 1), '--state.chainid', MAX_U64)
  const reward = readReward(String(values['state.reward'] ?? 0))
  const read = documents(values)
  const place = (file: string) => ({ file, path: '' })
  const [alloc, env, txs] = [read('alloc'), read('env'), read('txs')]
  const blobs = values['input.blobParams'] === undefined ? undefined : readBlobParameters(read('blobParams'))
  const pre = readAlloc(alloc.json, place(alloc.file))
  const rules = { fork, forkName, chainId, ...(blobs && { blobs }) }
  const sign = await createSign()
  return {
    fork,
    pre,
    env: readTransitionEnv(env.json, place(env.file), rules),
    transactions: readTransactions(txs.json, place(txs.file), { chainId, rules: fork.rules, sign }),
    ...(reward !== undefined && { reward }),
    isStateTest: values['state-test'] === true,
  }
}

function readReward(text: string): bigint | undefined {
  return text === '-1' ? undefined : readNumberArgument(text, '--state.reward', MAX_U256)
}

function readBlobParameters({ json, file }: { json: unknown; file: string }): BlobParameters {
  const names = ['target', 'max', 'baseFeeUpdateFraction']
  const fields = new Fields(withQuantities(json, names), { file, path: '' }, `an object of ${names.join(', ')}`)
  const [target, max, updateFraction] = names.map(name => Number(fields.u64(name))) as [number, number, number]
  if (updateFraction === 0) fields.refuse('baseFeeUpdateFraction', 'a number above 0')
  return { target, max, updateFraction }
}

type OutputName = 'result' | 'alloc' | 'body' | 'opcodeCount'

/** What goes where: files are written, streams get one object with everything that goes to them. */
function write(values: OptionValues, outputs: Record<OutputName, () => unknown>): void {
  const folder = String(values['output.basedir'] ?? '.')
  const targets = {
    alloc: String(values['output.alloc'] ?? 'alloc.json'),
    result: String(values['output.result'] ?? 'result.json'),
    body: String(values['output.body'] ?? ''),
    opcodeCount: String(values['opcode.count'] ?? ''),
  }
  const streams = { stdout: {} as Record<string, unknown>, stderr: {} as Record<string, unknown> }
  for (const [name, target] of Object.entries(targets) as [OutputName, string][]) {
    if (target === '') continue
    if (target === 'stdout' || target === 'stderr') streams[target][name] = outputs[name]()
    else writeJson(folder, target, outputs[name]())
  }
  for (const [name, json] of Object.entries(streams)) {
    if (Object.keys(json).length > 0) process[name as 'stdout' | 'stderr'].write(text(json))
  }
}

function text(json: unknown): string {
  return `${JSON.stringify(json, null, 2)}\n`
}

function writeJson(folder: string, target: string, json: unknown): void {
  const file = join(folder, target)
  writing(file, () => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, text(json))
  })
}

/** RLP of the transactions as a block holds them: a typed one is a byte string. */
function bodyOf({ included }: Transition): string {
  return hexOf(encodeRlp(included.map(signed => (signed[0]! >= 0xc0 ? decodeRlp(signed) : signed))))
}

async function run(values: OptionValues, positionals: string[]): Promise<number> {
  if (positionals.length > 0) {
    throw new UsageError(`weft t8n takes options only, got ${describe(positionals[0])} (see weft t8n --help)`)
  }
  const input = await readInput(values)
  const files = values.trace === true ? traceFiles(String(values['output.basedir'] ?? '.'), values) : undefined
  const counter = values['opcode.count'] === undefined ? undefined : new OpcodeCounter()
  const tracers = [...(files ? [files.tracerOf] : []), ...(counter ? [() => counter] : [])]
  const { createEngine } = await import('../index.ts')
  const transition = await runTransition(await createEngine(), { ...input, tracers })
  files?.flush()
  if (transition.blockException !== undefined) complain(`the block is invalid: ${transition.blockException}`)
  write(values, {
    result: () => resultJson(transition, input.env, input.fork),
    alloc: () => allocJson(transition.state),
    body: () => bodyOf(transition),
    opcodeCount: () => counter?.result,
  })
  return OK
}

const string = { type: 'string' } as const

/** The command. */
export const t8n: Command = {
  name: 't8n',
  summary: 'execute the transactions of one block by the t8n protocol',
  help: HELP,
  options: {
    'input.alloc': string,
    'input.env': string,
    'input.txs': string,
    'input.blobParams': string,
    'state.fork': string,
    'state.chainid': string,
    'state.reward': string,
    'state-test': { type: 'boolean' },
    'opcode.count': string,
    trace: { type: 'boolean' },
    ...TRACE_FIELDS,
    'output.basedir': string,
    'output.result': string,
    'output.alloc': string,
    'output.body': string,
  },
  run,
}
