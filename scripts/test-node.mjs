// `npm run test:node`: the packed package, and a sample of the tests, on the oldest Node that is supported and the two release lines after
// it. The binaries come from the npm packages node-<system>-<processor> into .cache/node; no other Node of the machine is touched.
//   npm run test:node                    every version, with the sample
//   npm run test:node -- 24 test/core    the versions that begin so; these tests instead of the sample
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, setUpOrExit } from './setup.mjs'

const versions = ['20.20.2', '22.23.3', '24.21.0']

/** One suite per part: words and codes, curves, the core, blocks on threads, the command line, the entry for EthereumJS. */
const sample = [
  'unit/rlp',
  'unit/crypto',
  'core/status',
  'spec/sample',
  'parallel/life',
  'cli/main',
  'ethereumjs/evm',
].map(name => `test/${name}.test.ts`)

/** Runs in the folder where the package is installed, as its user would. */
const smoke = `
import { createWeft } from 'weft-evm'
import { createWeft as createInline } from 'weft-evm/inline'
const code = Uint8Array.of(0x60, 0x2a, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3)
for (const weft of [await createWeft(), await createWeft({ threads: 2 }), await createInline()]) {
  const { status, output } = await weft.call({ code })
  if (status !== 'success' || output.at(-1) !== 42) throw new Error(status)
  await weft.close()
}
console.log('ran on ' + process.version)
`

const isWindows = process.platform === 'win32'
const npm = (args, options = {}) => spawnSync('npm', args, { encoding: 'utf8', shell: isWindows, ...options })

/** Path of a Node binary, installed where it is not there yet. */
function nodeOf(version) {
  const name = `node-${isWindows ? 'win' : process.platform}-${process.arch}`
  const prefix = join(root, '.cache/node', version)
  const binary = join(prefix, 'node_modules', name, 'bin', isWindows ? 'node.exe' : 'node')
  if (!existsSync(binary)) {
    mkdirSync(prefix, { recursive: true })
    const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--force']
    const { status, stderr } = npm(['install', '--prefix', prefix, ...flags, `${name}@${version}`])
    if (status !== 0) throw new Error(`${name}@${version} could not be installed\n${stderr}`)
  }
  return binary
}

/** Packs the package and lays it out in `folder` as npm installs it. */
function install(folder) {
  const { stdout, stderr } = npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root })
  if (!stdout.includes('filename')) throw new Error(stderr)
  const { name, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const installed = join(folder, 'node_modules', name)
  mkdirSync(installed, { recursive: true })
  const tarball = join(folder, JSON.parse(stdout)[0].filename)
  const { status } = spawnSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'])
  if (status !== 0) throw new Error(`${tarball} could not be unpacked`)
  for (const dependency of Object.keys(dependencies)) {
    cpSync(join(root, 'node_modules', dependency), join(folder, 'node_modules', dependency), { recursive: true })
  }
}

const [first = '', ...rest] = process.argv.slice(2)
const chosen = versions.filter(version => version.startsWith(first))
const tests = chosen.length > 0 ? rest : [first, ...rest]
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
// The children find the builds ready, as under scripts/test.mjs.
const env = { ...process.env, WEFT_READY: '1' }

await setUpOrExit()
const folder = mkdtempSync(join(tmpdir(), 'weft-node-'))
try {
  install(folder)
  for (const version of chosen.length > 0 ? chosen : versions) {
    const node = nodeOf(version)
    const packed = spawnSync(node, ['--input-type=module', '-e', smoke], { cwd: folder, stdio: 'inherit', env })
    const args = [vitest, 'run', ...(tests.length > 0 ? tests : sample)]
    const tested = spawnSync(node, args, { cwd: root, stdio: 'inherit', env })
    const isGood = packed.status === 0 && tested.status === 0
    if (!isGood) process.exitCode = 1
    console.log(
      `Node ${version}: package ${packed.status === 0 ? 'runs' : 'FAILS'}, tests ${tested.status === 0 ? 'pass' : 'FAIL'}`,
    )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
