// `npm run setup:system`: the system packages that some tests need beyond Node and npm, and the only place that may
// install any. Each entry of `tools` says what for, how to find it and which Debian packages bring it. What is there is
// only reported, so that the command needs no rights where nothing has to be installed. Called by .ci/run; nobody needs
// it for `npm start` and `npm test`.
import { spawnSync } from 'node:child_process'
import { findDriver } from './driver.mjs'

/** First line that a program prints, or undefined where it cannot be run. */
function firstLine(program, ...args) {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' })
  return status === 0 ? stdout.split('\n')[0].trim() : undefined
}

/**
 * name, need (why), find() → what was found or undefined, packages (Debian names), get() → the same without packages, optional:
 * tests that need it are skipped where it cannot be had, and say so.
 */
const tools = [
  { name: 'Node.js', need: 'runs everything', find: () => process.version, packages: [] },
  {
    name: 'git',
    need: 'tells a bench result its commit',
    find: () => firstLine('git', '--version'),
    packages: ['git'],
  },
  {
    name: 'Vulkan driver',
    need: 'runs the tests of hashing on the GPU',
    find: () => findDriver({ install: false }).name,
    get: () => findDriver().name,
    packages: [],
    optional: true,
  },
  {
    name: 'Chromium',
    need: 'runs them in a browser',
    find: () => firstLine('chromium', '--version'),
    packages: ['chromium'],
    optional: true,
  },
  {
    name: 'Firefox',
    need: 'runs the page in another browser',
    find: () => firstLine('firefox-esr', '--version') ?? firstLine('firefox', '--version'),
    packages: ['firefox-esr'],
    optional: true,
  },
  {
    name: 'wasm2c (wabt)',
    need: 'translates the core to C, for the host in C',
    find: () => firstLine('wasm2c', '--version'),
    packages: ['wabt'],
    optional: true,
  },
  {
    name: 'gcc',
    need: 'compiles that host',
    find: () => firstLine('gcc', '--version'),
    packages: ['gcc', 'libc6-dev'],
    optional: true,
  },
  {
    name: 'Python',
    need: 'runs the host in Python, with wasmtime',
    find: () => firstLine('python3', '--version'),
    packages: ['python3'],
    optional: true,
  },
]

function report(tool, found) {
  process.stdout.write(`${found === undefined ? 'missing' : 'present'}  ${tool.name}: ${found ?? tool.need}\n`)
}

/** The command that installs as root, or undefined where this user may not. */
function installer() {
  if (firstLine('apt-get', '--version') === undefined) return undefined
  if (process.getuid?.() === 0) return ['apt-get']
  return spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n', 'apt-get'] : undefined
}

function install(packages) {
  const [program, ...args] = installer() ?? []
  if (program === undefined) {
    process.stderr.write(`cannot install here; as root: apt-get install -y ${packages.join(' ')}\n`)
    return false
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const steps = [['update'], ['install', '-y', '--no-install-recommends', ...packages]]
  return steps.every(step => spawnSync(program, [...args, ...step], { env, stdio: 'inherit' }).status === 0)
}

const missing = []
for (const tool of tools) {
  const found = tool.find() ?? tool.get?.()
  report(tool, found)
  if (found === undefined) missing.push(tool)
}
const installable = missing.filter(tool => tool.packages.length > 0)
if (installable.length > 0) install(installable.flatMap(tool => tool.packages))
for (const tool of missing) {
  const found = tool.find()
  report(tool, found)
  if (found === undefined && !tool.optional) process.exitCode = 1
}
