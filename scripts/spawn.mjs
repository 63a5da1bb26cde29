// Starting other programs from the set-up scripts: npm and the compilers with their output held back (shown only when
// they fail), the command line and vitest in the foreground. Plain Node, because it runs before anything is installed.
// Used by setup.mjs, start.mjs and test.mjs.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/** A step of the set-up that failed; `output` is what the program printed. */
export class SetupError extends Error {
  constructor(message, output = '') {
    super(message)
    this.name = 'SetupError'
    this.output = output
  }
}

/** Runs a Node program to its end and returns what it printed. Throws a SetupError with that text when it fails. */
export function runQuietly(args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks = []
    child.stdout.on('data', chunk => chunks.push(chunk))
    child.stderr.on('data', chunk => chunks.push(chunk))
    child.on('error', cause => reject(new SetupError(`cannot start ${args[0]}: ${cause.message}`)))
    child.on('close', (code, signal) => {
      const output = Buffer.concat(chunks).toString().trim()
      if (code === 0) resolve(output)
      else reject(new SetupError(`ended with ${signal ?? `exit code ${code}`}`, output))
    })
  })
}

/**
 * Runs a Node program in the foreground and ends this process the way the program ended: same exit code, or the same
 * signal. Never returns.
 */
export function runInstead(args, options = {}) {
  const child = spawn(process.execPath, args, { ...options, stdio: 'inherit' })
  // On a terminal Ctrl-C reaches the whole process group; sending it on would interrupt the program twice.
  const forwarded = ['SIGTERM', 'SIGHUP', 'SIGINT']
  const onSignal = signal => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  }
  for (const signal of forwarded) process.on(signal, onSignal)
  child.on('error', cause => {
    process.stderr.write(`weft: cannot start ${args[0]}: ${cause.message}\n`)
    process.exit(2)
  })
  child.on('exit', (code, signal) => {
    for (const name of forwarded) process.removeListener(name, onSignal)
    if (signal === null) process.exit(code)
    process.exitCode = 128 + constants.signals[signal]
    process.kill(process.pid, signal)
  })
  return new Promise(() => {})
}
