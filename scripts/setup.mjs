// Everything between a fresh clone and a program that runs: the dependencies, the WASM core in both builds, the compiled
// TypeScript in dist/. Each step is skipped when nothing it depends on has changed. Plain Node without dependencies,
// because it installs them. Called by start.mjs, test.mjs, the tests (test/setup/weft.ts) and as a command:
//   node scripts/setup.mjs [wasm | dist] [--force]
// Prints one line per step that did something, always on stderr: stdout belongs to the program that comes after.
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runQuietly, SetupError } from './spawn.mjs'
import { filesUnder, hashFiles, isStamped, withLock, writeStamp } from './stamp.mjs'

/** The root of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const oldestNode = [20, 19]
const shownLines = 40
const wasmBuilds = { scalar: 'weft.wasm', simd: 'weft.simd.wasm', threads: 'weft.threads.wasm' }
const at = path => join(root, path)
const readJson = path => JSON.parse(readFileSync(at(path), 'utf8'))

/** Installs the packages of package-lock.json with `npm ci`, unless exactly these are there. */
export async function ensureDependencies() {
  checkNode()
  if (dependenciesMatch()) return
  await step('dependencies (npm ci)', () => {
    // The user's npm settings may leave out development packages or ask for another output.
    const flags = ['--include=dev', '--no-audit', '--no-fund', '--no-json', '--loglevel=warn']
    return runQuietly([npmPath(), 'ci', ...flags], { cwd: root })
  })
}

/** Compiles the core to build/weft.wasm and build/weft.simd.wasm, both at the same time. */
export async function ensureWasm({ force = false } = {}) {
  const stamp = at('build/.wasm.stamp')
  const files = Object.values(wasmBuilds).map(file => `build/${file}`)
  const { name, version, devDependencies } = readJson('package.json')
  const extra = `${name} ${version} ${devDependencies.assemblyscript}`
  const inputs = hashFiles(root, ['assembly', 'asconfig.json', 'abi-section.mjs'], extra)
  if (!force && isStamped(stamp, inputs, hashFiles(root, files))) return
  await step('core (asc: scalar, simd, threads)', async () => {
    const results = await Promise.allSettled(Object.entries(wasmBuilds).map(([target, file]) => compile(target, file)))
    const failed = results.find(result => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  })
  writeStamp(stamp, inputs, hashFiles(root, files))
}

/** Compiles src/ to dist/ and puts the other files where src/ looks for them: dist/weft*.wasm, dist/shaders/*.wgsl. */
export async function ensureDist({ force = false } = {}) {
  const stamp = at('build/.dist.stamp')
  const outputs = ['dist/src', 'dist/assembly', 'dist/bench']
  const sources = [
    'src',
    'bench',
    'assembly/abi.ts',
    'assembly/opcodes.ts',
    'assembly/parallel/program.ts',
    'assembly/precompiles/forks.ts',
    'tsconfig.json',
    'package.json',
    'package-lock.json',
  ]
  const inputs = hashFiles(root, sources)
  if (force || !isStamped(stamp, inputs, hashFiles(root, outputs))) {
    await step('host (tsc)', compileHost)
    writeStamp(stamp, inputs, hashFiles(root, outputs))
  }
  for (const file of Object.values(wasmBuilds)) copyWhenChanged(at(`build/${file}`), at(`dist/${file}`))
  for (const file of filesUnder(root, ['shaders'])) copyWhenChanged(at(file), at(`dist/${file}`))
  writeInline()
}

/** The cores as text in a module: what `weft-evm/inline` loads where files beside the code cannot be had. */
function writeInline() {
  const [scalar, simd] = ['weft.wasm', 'weft.simd.wasm'].map(file =>
    readFileSync(at(`dist/${file}`)).toString('base64'),
  )
  const text = `export const scalar = '${scalar}'\nexport const simd = '${simd}'\n`
  const file = at('dist/inline-wasm.js')
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text)
}

/**
 * All steps in order, or those up to `last` ('wasm', 'dist'). Two processes that set up the same checkout wait for each
 * other; the second finds nothing left to do.
 */
export function ensureAll({ last = 'dist', force = false } = {}) {
  return withLock(at('build/.setup.lock'), async () => {
    await ensureDependencies()
    await ensureWasm({ force })
    if (last === 'dist') await ensureDist({ force })
  })
}

/** Runs the set-up; a failure is told in one line, followed by what the failing program printed, and exit code 2. */
export async function setUpOrExit(options) {
  try {
    await ensureAll(options)
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    process.stderr.write(`weft: set-up failed: ${error.message}\n${beginning(error.output)}`)
    process.exit(2)
  }
}

/** The first lines of what a program printed: the cause stands there, npm's list of all its options does not. */
function beginning(output) {
  const lines = output === '' ? [] : output.split('\n')
  const rest = lines.length - shownLines
  return [...lines.slice(0, shownLines), ...(rest > 0 ? [`… ${rest} more lines`] : []), ''].join('\n')
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return
  throw new SetupError(`Node expected >= ${oldestNode.join('.')}, got ${process.versions.node}`)
}

/** npm writes what it installed to node_modules/.package-lock.json; packages for other platforms are not in it. */
function dependenciesMatch() {
  if (!existsSync(at('node_modules/.package-lock.json'))) return false
  const installed = readJson('node_modules/.package-lock.json').packages
  const wanted = Object.entries(readJson('package-lock.json').packages).filter(([path]) => path !== '')
  return wanted.every(([path, { version, integrity, optional }]) => {
    const found = installed[path]
    if (found === undefined) return optional === true
    return found.version === version && found.integrity === integrity && existsSync(at(path))
  })
}

/** The npm that runs this script, else the one that came with this Node. */
function npmPath() {
  const { npm_execpath: own } = process.env
  if (own?.endsWith('npm-cli.js')) return own
  const folder = dirname(process.execPath)
  const places = ['../lib/node_modules/npm/bin/npm-cli.js', 'node_modules/npm/bin/npm-cli.js']
  const found = places.map(place => join(folder, place)).find(path => existsSync(path))
  if (found === undefined) throw new SetupError('npm expected beside Node, found none; run `npm ci` and try again')
  return found
}

async function compile(target, file) {
  const partial = `build/${file}.partial`
  mkdirSync(at('build'), { recursive: true })
  try {
    const entry = target === 'threads' ? ['assembly/threads.ts'] : []
    await runQuietly(
      [at('node_modules/assemblyscript/bin/asc.js'), ...entry, '--target', target, '--outFile', partial],
      {
        cwd: root,
      },
    )
    renameSync(at(partial), at(`build/${file}`))
  } catch (error) {
    rmSync(at(partial), { force: true })
    if (error instanceof SetupError) error.message = `asc --target ${target} ${error.message}`
    throw error
  }
}

async function compileHost() {
  const tsc = at('node_modules/typescript/bin/tsc')
  let emitted
  try {
    emitted = await runQuietly([tsc, '-p', at('tsconfig.json'), '--listEmittedFiles'], { cwd: root })
  } catch (error) {
    if (error instanceof SetupError) {
      error.message = `tsc ${error.message}`
      error.output = error.output.replace(/^TSFILE: .*\n?/gm, '')
    }
    throw error
  }
  removeLeftovers(new Set([...emitted.matchAll(/^TSFILE: (.*)$/gm)].map(match => join(match[1].trim()))))
  await transpileBench()
  // npm makes the bin executable when it installs the package; in a clone nobody does.
  if (existsSync(at('dist/src/cli/main.js'))) chmodSync(at('dist/src/cli/main.js'), 0o755)
}

/**
 * The benchmark for `weft bench`, beside dist/src, file by file: its types are checked with the tests', and what nobody imports needs
 * none. Only what measures: what makes contracts and messages, and the entries of npm's scripts, stay in the repository.
 */
async function transpileBench() {
  const { default: ts } = await import('typescript')
  const compilerOptions = {
    ...{ target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    ...{ verbatimModuleSyntax: true, rewriteRelativeImportExtensions: true },
  }
  const data = [
    ...['bench/messages/messages.json', 'bench/contracts/artifacts.json', 'bench/blocks/sample.json.gz'],
    ...['bench/rivals/evmone/host.c', 'bench/rivals/evmone/evmc.h'],
  ]
  const left =
    /^bench\/(?:contracts|messages|prediction)\/|^bench\/(?:main|prediction|compare|render|figures)\.ts$|node_modules/
  const sources = filesUnder(root, ['bench']).filter(path => path.endsWith('.ts') && !left.test(path))
  rmSync(at('dist/bench'), { recursive: true, force: true })
  for (const path of sources) {
    const { outputText } = ts.transpileModule(readFileSync(at(path), 'utf8'), { compilerOptions, fileName: path })
    const target = at(`dist/${path.replace(/ts$/, 'js')}`)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, outputText)
  }
  for (const path of data) copyWhenChanged(at(path), at(`dist/${path}`))
}

/** Output whose source is gone would still be packed, and found by imports. */
function removeLeftovers(emitted) {
  for (const path of filesUnder(root, ['dist/src', 'dist/assembly'])) if (!emitted.has(at(path))) rmSync(at(path))
}

function copyWhenChanged(from, to) {
  const bytes = readFileSync(from)
  if (existsSync(to) && readFileSync(to).equals(bytes)) return
  mkdirSync(dirname(to), { recursive: true })
  writeFileSync(to, bytes)
}

async function step(name, work) {
  const start = performance.now()
  process.stderr.write(`weft: ${name} … `)
  try {
    await work()
  } catch (error) {
    process.stderr.write('failed\n')
    throw error
  }
  process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2)
  await setUpOrExit({ last: args.includes('wasm') ? 'wasm' : 'dist', force: args.includes('--force') })
}
