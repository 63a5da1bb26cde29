// A Vulkan driver for the GPU tests and benchmarks. Where the system has one that works, that is taken. Else, on Debian, lavapipe
// (Mesa's driver for machines without a GPU) is unpacked into .cache/vulkan with the user's own rights; the system is not touched.
// Debian 12's own lavapipe (22.3) lacks what WebGPU demands, so it comes from the backports. Called by test/setup/driver.ts,
// setup-system.mjs and bench/main.ts. Delete .cache/vulkan to have it looked for again.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const cache = join(root, '.cache', 'vulkan')
const unpacked = join(cache, 'root')
const failure = join(cache, 'failure.txt')
const day = 24 * 3600 * 1000
const packages = ['mesa-vulkan-drivers', 'libvulkan1']

/** Asks WebGPU for an adapter, and prints what it is. */
const probe = `
  const { create } = await import('webgpu')
  const gpu = (globalThis.kept = create([]))
  const info = (await gpu.requestAdapter())?.info
  if (info) console.log(info.description || info.device || info.vendor)
`

/** The adapter that WebGPU finds with these variables in the environment, or undefined. */
export function probeAdapter(env = {}) {
  const options = { cwd: root, env: { ...process.env, ...env }, encoding: 'utf8', timeout: 60_000 }
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', probe], options)
  const name = status === 0 ? stdout.trim().split('\n').at(-1) : ''
  return name === '' ? undefined : name
}

/**
 * { env, name }: the variables that a process needs to find the driver, or { reason } where there is none. `install`: whether one
 * may be unpacked.
 */
export function findDriver({ install = true } = {}) {
  if (!existsSync(join(root, 'node_modules/webgpu'))) return { reason: 'the package "webgpu" is not installed' }
  if (systemHasDriver()) {
    const name = probeAdapter()
    if (name !== undefined) return { env: {}, name }
  }
  if (isUnpacked()) return { env: variables(), name: 'lavapipe in .cache/vulkan' }
  if (!install) return { reason: 'no Vulkan driver' }
  const reason = recentFailure() ?? unpack()
  return reason === undefined ? { env: variables(), name: 'lavapipe in .cache/vulkan' } : { reason }
}

/** Only Linux needs one to be looked for: macOS and Windows bring Metal and Direct3D. */
function systemHasDriver() {
  if (process.platform !== 'linux') return true
  if (process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES) return true
  const folders = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d']
  return folders.some(folder => existsSync(folder) && readdirSync(folder).some(name => name.endsWith('.json')))
}

function isUnpacked() {
  return driverFile() !== undefined && libraryFolder() !== undefined
}

function driverFile() {
  const folder = join(unpacked, 'usr/share/vulkan/icd.d')
  const name = existsSync(folder) && readdirSync(folder).find(file => /^lvp_icd.*\.json$/.test(file))
  return name ? join(folder, name) : undefined
}

function libraryFolder() {
  const base = join(unpacked, 'usr/lib')
  const found = existsSync(base) && readdirSync(base).find(name => existsSync(join(base, name, 'libvulkan_lvp.so')))
  return found ? join(base, found) : undefined
}

function variables() {
  const { LD_LIBRARY_PATH, XDG_RUNTIME_DIR, MESA_SHADER_CACHE_DIR } = process.env
  const folder = libraryFolder()
  return {
    VK_DRIVER_FILES: driverFile(),
    LD_LIBRARY_PATH: LD_LIBRARY_PATH?.split(delimiter).includes(folder)
      ? LD_LIBRARY_PATH
      : [folder, LD_LIBRARY_PATH].filter(Boolean).join(delimiter),
    // Without it Mesa complains on stderr.
    XDG_RUNTIME_DIR: XDG_RUNTIME_DIR ?? cache,
    // Compiling the kernels takes seconds of processor time.
    MESA_SHADER_CACHE_DIR: MESA_SHADER_CACHE_DIR ?? join(cache, 'shaders'),
  }
}

/** What failed less than a day ago is not tried again: without a network every try takes a while. */
function recentFailure() {
  const isRecent = existsSync(failure) && Date.now() - statSync(failure).mtimeMs < day
  return isRecent ? readFileSync(failure, 'utf8') : undefined
}

/** Unpacks the driver. Returns why that could not be done. */
function unpack() {
  const reason = tryToUnpack()
  if (reason === undefined) return undefined
  rmSync(unpacked, { recursive: true, force: true })
  mkdirSync(cache, { recursive: true })
  writeFileSync(failure, reason)
  return reason
}

function tryToUnpack() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  const codename = /^VERSION_CODENAME=(\w+)/m.exec(release)?.[1]
  if (!/^ID=debian$/m.test(release) || codename === undefined)
    return 'no Vulkan driver, and this is not Debian, where one could be unpacked'
  process.stderr.write('weft: no Vulkan driver; unpacking lavapipe into .cache/vulkan … ')
  const start = performance.now()
  const reason = download(codename)
  if (reason === undefined) {
    for (const file of readdirSync(join(cache, 'packages')))
      run('dpkg', ['-x', join(cache, 'packages', file), unpacked])
    for (const folder of ['packages', 'lists', 'apt']) rmSync(join(cache, folder), { recursive: true, force: true })
  }
  const ended =
    reason ??
    (isUnpacked() && probeAdapter(variables()) ? undefined : 'lavapipe was unpacked, and WebGPU did not take it')
  process.stderr.write(ended === undefined ? `${((performance.now() - start) / 1000).toFixed(1)} s\n` : 'failed\n')
  return ended
}

/** Downloads what is missing on this system of the driver and all that it needs, into .cache/vulkan/packages. */
function download(codename) {
  const [lists, debs, sources] = [join(cache, 'lists'), join(cache, 'packages'), join(cache, 'sources.list')]
  for (const folder of [join(lists, 'partial'), debs]) mkdirSync(folder, { recursive: true })
  const suites = [codename, `${codename}-backports`]
  writeFileSync(
    sources,
    suites
      .map(suite => `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror()} ${suite} main\n`)
      .join(''),
  )
  const settings = [
    `Dir::Etc::SourceList=${sources}`,
    'Dir::Etc::SourceParts=/dev/null',
    `Dir::State::Lists=${lists}`,
    `Dir::Cache=${join(cache, 'apt')}`,
    'Acquire::http::Timeout=15',
    'Acquire::Retries=1',
    // Downloads are for this user.
    'APT::Sandbox::User=',
  ].flatMap(setting => ['-o', setting])
  if (run('apt-get', [...settings, 'update']) === undefined)
    return 'no Vulkan driver, and the package lists of Debian cannot be had'
  const target = ['-t', `${codename}-backports`]
  const plan = run('apt-get', [...settings, ...target, '--no-install-recommends', '-s', 'install', ...packages])
  const names = plan?.match(/^Inst \S+/gm)?.map(line => line.slice('Inst '.length))
  if (!names) return 'no Vulkan driver, and its packages cannot be had'
  const fetched = run('apt-get', [...settings, ...target, 'download', ...names], { cwd: debs })
  return fetched === undefined ? 'no Vulkan driver, and its packages cannot be downloaded' : undefined
}

/** The mirror that this system uses. */
function mirror() {
  const sites = run('apt-get', ['indextargets', '--format', '$(SITE)']) ?? ''
  const found = sites.split('\n').find(site => /\/debian\/?$/.test(site))
  return found ?? 'http://deb.debian.org/debian'
}

/** What a program prints, or undefined where it fails. */
function run(program, args, options = {}) {
  const { status, stdout } = spawnSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    ...options,
  })
  return status === 0 ? stdout : undefined
}
