// Compiles bench/contracts/*.sol into artifacts.json (`npm run contracts`), which the block generator reads.
// The result is committed, so nothing but this file needs solc; test/unit/sample-block.test.ts compiles again
// and compares. Same sources, same bytes: the metadata holds no source hash (bytecodeHash none), and the
// compiler is pinned in package.json.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import solc from 'solc'

/** One compiled contract; byte strings are `0x…` hex. */
export interface Contract {
  /** Creation code, without constructor arguments. */
  bytecode: string
  /** Deployed code; its immutables are zero. */
  runtime: string
  /** Selector (`0x` and 8 digits) of each external function, by signature. */
  selectors: Record<string, string>
  /** Byte offsets in `runtime` of the 32-byte words that hold each immutable, by name. */
  immutables: Record<string, number[]>
}

/** The content of artifacts.json. */
export interface Artifacts {
  compiler: string
  contracts: Record<string, Contract>
}

interface AstNode {
  id?: number
  name?: string
  nodeType?: string
  nodes?: AstNode[]
}

interface CompilerOutput {
  errors?: { severity: string; formattedMessage: string; errorCode: string }[]
  sources: Record<string, { ast: AstNode }>
  contracts: Record<string, Record<string, CompilerContract>>
}

interface CompilerContract {
  evm: {
    bytecode: { object: string }
    deployedBytecode: { object: string; immutableReferences: Record<string, { start: number; length: number }[]> }
    methodIdentifiers: Record<string, string>
  }
}

/** Where compileContracts' result is committed. */
export const ARTIFACTS_PATH: string = fileURLToPath(new URL('artifacts.json', import.meta.url))

const FOLDER = fileURLToPath(new URL('.', import.meta.url))
const SETTINGS = {
  evmVersion: 'osaka',
  optimizer: { enabled: true, runs: 200 },
  metadata: { bytecodeHash: 'none' },
  outputSelection: {
    '*': {
      '': ['ast'],
      '*': ['evm.bytecode.object', 'evm.deployedBytecode', 'evm.methodIdentifiers'],
    },
  },
}
/** SELFDESTRUCT is deprecated; Counter uses it on purpose. */
const EXPECTED_WARNING = '5159'

/** Compiles every contract of this folder; throws with the compiler's message on an error or a new warning. */
export function compileContracts(): Artifacts {
  const names = readdirSync(FOLDER).filter(name => name.endsWith('.sol'))
  const sources = Object.fromEntries(names.map(name => [name, { content: readFileSync(FOLDER + name, 'utf8') }]))
  const require = createRequire(import.meta.url)
  const findImport = (path: string) => ({ contents: readFileSync(require.resolve(path), 'utf8') })
  const input = JSON.stringify({ language: 'Solidity', sources, settings: SETTINGS })
  const output = JSON.parse(solc.compile(input, { import: findImport })) as CompilerOutput

  const complaints = (output.errors ?? []).filter(each => each.errorCode !== EXPECTED_WARNING)
  if (complaints.length > 0) throw new Error(complaints.map(each => each.formattedMessage).join('\n'))

  const contracts: Record<string, Contract> = {}
  for (const source of names.sort()) {
    const ast = output.sources[source]!.ast
    for (const [name, { evm }] of Object.entries(output.contracts[source]!).sort(byKey)) {
      contracts[name] = {
        bytecode: `0x${evm.bytecode.object}`,
        runtime: `0x${evm.deployedBytecode.object}`,
        selectors: Object.fromEntries(
          Object.entries(evm.methodIdentifiers)
            .sort(byKey)
            .map(([signature, selector]) => [signature, `0x${selector}`]),
        ),
        immutables: immutableOffsets(evm.deployedBytecode.immutableReferences, ast),
      }
    }
  }
  return { compiler: solcVersion(), contracts }
}

/** The text of artifacts.json, with lists of offsets on one line as the formatter wants them. */
export function formatArtifacts(artifacts: Artifacts): string {
  const text = JSON.stringify(artifacts, null, 2)
  return `${text.replace(/\[[\d,\s]+\]/g, list => `[${list.match(/\d+/g)!.join(', ')}]`)}\n`
}

function byKey(left: [string, unknown], right: [string, unknown]): number {
  return left[0] < right[0] ? -1 : 1
}

/** "0.8.30+commit…", without the name of the platform solc was built for. */
function solcVersion(): string {
  const { version } = solc as unknown as { version(): string }
  return version().split('.Emscripten')[0]!
}

/** solc names an immutable by the id of its declaration in the syntax tree. */
function immutableOffsets(references: Record<string, { start: number }[]>, ast: AstNode): Record<string, number[]> {
  const found: Record<string, number[]> = {}
  for (const contract of ast.nodes ?? []) {
    for (const node of contract.nodes ?? []) {
      const places = references[String(node.id)]
      if (places !== undefined) found[node.name!] = places.map(place => place.start).sort((a, b) => a - b)
    }
  }
  if (Object.keys(found).length !== Object.keys(references).length) {
    throw new Error('an immutable is declared outside its contract: extend immutableOffsets')
  }
  return found
}

if (argv[1] === fileURLToPath(import.meta.url)) writeFileSync(ARTIFACTS_PATH, formatArtifacts(compileContracts()))
