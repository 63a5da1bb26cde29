// What makes a second run quick: a stamp in build/ says from which inputs a step made which outputs. Both are compared
// by content, not by time, so a checkout that only touches files rebuilds nothing, and an output that somebody else
// overwrote is made again. Hashing the whole tree takes a few milliseconds. Used by setup.mjs.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const skipped = ['node_modules', 'results']

/** All files under the given files and folders (relative to `root`), sorted, with `/` as separator; none of node_modules, nor of the benchmark's results. */
export function filesUnder(root, paths) {
  const found = []
  const visit = path => {
    if (!existsSync(join(root, path))) return
    if (statSync(join(root, path)).isFile()) found.push(path)
    else for (const entry of readdirSync(join(root, path))) if (!skipped.includes(entry)) visit(`${path}/${entry}`)
  }
  for (const path of paths) visit(path)
  return found.sort()
}

/** One hash over names and contents of the given files and folders, and over `extra`. */
export function hashFiles(root, paths, extra = '') {
  const hash = createHash('sha256').update(extra)
  for (const path of filesUnder(root, paths)) hash.update(`\0${path}\0`).update(readFileSync(join(root, path)))
  return hash.digest('hex')
}

/** True when the stamp says that exactly these inputs made exactly these outputs. */
export function isStamped(file, inputs, outputs) {
  if (!existsSync(file)) return false
  return readFileSync(file, 'utf8') === `${inputs}\n${outputs}\n`
}

export function writeStamp(file, inputs, outputs) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${inputs}\n${outputs}\n`)
}

/** Runs `work` while this process alone holds `file`; a file left by a process that died is taken over. */
export async function withLock(file, work) {
  mkdirSync(dirname(file), { recursive: true })
  while (!tryLock(file)) await sleep(100)
  const release = () => {
    try {
      unlinkSync(file)
    } catch {
      // Already gone with its folder.
    }
  }
  process.once('exit', release)
  try {
    return await work()
  } finally {
    process.removeListener('exit', release)
    release()
  }
}

function tryLock(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  try {
    // An empty file is one that is being written just now.
    const holder = Number(readFileSync(file, 'utf8'))
    if (holder > 0 && !isAlive(holder)) unlinkSync(file)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  return false
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
