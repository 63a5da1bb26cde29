// What the harness takes of Node, for the browser's worker (vite.config.ts puts it in the place of node: modules). Files are those that the
// bundler has made addresses of; processor time and the garbage collector are not to be had here.

/** As in node:timers/promises. */
export function setTimeout(ms: number): Promise<void> {
  return new Promise(resolve => void globalThis.setTimeout(resolve, ms))
}

/** As in node:v8: there are no flags. */
export function setFlagsFromString(): void {}

/** As in node:vm, for `gc` alone. */
export function runInNewContext(): () => void {
  return () => {}
}

/** As in node:url: addresses stay what they are. */
export function fileURLToPath(url: URL | string): string {
  return String(url)
}

/** As in node:path. */
export function join(...parts: readonly string[]): string {
  return parts.join('/')
}

/** As in node:fs: nothing is listed. */
export function existsSync(): boolean {
  return false
}

/** As in node:fs: an empty folder. */
export function readdirSync(): string[] {
  return []
}

/** As in node:fs: the text at an address. Workers may wait for it. */
export function readFileSync(url: string): string {
  const request = new XMLHttpRequest()
  request.open('GET', url, false)
  request.send()
  if (request.status !== 200) throw new Error(`${url} could not be read (status ${request.status})`)
  return request.responseText
}

/** As in src/input/file.node.ts. */
export function readJsonFile(url: string): unknown {
  return JSON.parse(readFileSync(url))
}

/** As in src/input/file.node.ts: the page has no block files of its own. */
export function blockFileReader(): never {
  throw new Error('block files are read by the page')
}

/** As in node:module: no package is installed beside. */
export function createRequire(): { resolve: { paths: () => readonly string[] } } {
  return { resolve: { paths: () => [] } }
}

/** As in node:child_process: no program can be started. */
export function spawnSync(): { status: number; stdout: string } {
  return { status: 1, stdout: '' }
}

/** As in node:os: processors that the browser admits to. */
export function availableParallelism(): number {
  return navigator.hardwareConcurrency
}

/** As in node:os: browsers tell none of it. */
export const cpus = (): readonly { model: string }[] => []
export const loadavg = (): readonly number[] => []
export const totalmem = (): number => 0
export const arch = (): string => ''
export const platform = (): string => ''
export const release = (): string => ''

Object.assign(globalThis, { process: { cpuUsage: () => ({ user: Number.NaN, system: Number.NaN }) } })
