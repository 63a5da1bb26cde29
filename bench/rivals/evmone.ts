// The rival in C++: evmone, where EVMONE names a build of it. Its shared library runs in a process of its own under a small client in C
// (evmone/host.c), which the compiler of this machine makes when the benchmark begins. That process takes the time of each run, so no pipe
// is part of it. evmone-bench is not asked itself: it runs Istanbul's rules, on storage that stays from run to run; its library is.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { hexOf } from '../../src/input/hex.ts'
import { demand } from '../cases/case.ts'
import type { MessageCase } from '../cases/messages.ts'
import { Missing, type Runner, WrongResult } from '../harness.ts'

const HOST = fileURLToPath(new URL('./evmone/host.c', import.meta.url))
/** Where a build of evmone has its library, seen from evmone-bench or from the build's folder. */
const PLACES = ['.', 'lib', '../lib', 'build/lib']
const LIBRARY = /^libevmone\.(?:so|dylib)(?:\.[\d.]+)?$/

/** The library that EVMONE names, directly or by the evmone-bench or the folder of its build. Throws a Missing. */
export function findLibrary(named: string | undefined): string {
  if (!named) throw new Missing('EVMONE names no build of evmone (its shared library, or evmone-bench beside it)')
  if (!existsSync(named)) throw new Missing(`EVMONE names ${named}, which is not there`)
  const isFolder = statSync(named).isDirectory()
  if (!isFolder && /\.(?:so|dylib)(?:\.[\d.]+)?$/.test(named)) return named
  const folder = isFolder ? named : dirname(named)
  for (const place of PLACES.map(place => join(folder, place))) {
    const file = existsSync(place) && readdirSync(place).find(name => LIBRARY.test(name))
    if (file) return join(place, file)
  }
  throw new Missing(`EVMONE names ${named}, and no libevmone.so lies beside it or in its lib (BUILD_SHARED_LIBS=ON)`)
}

/** Compiles the client into a folder. Throws a Missing where there is no compiler that can. */
function compileHost(folder: string): string {
  const program = join(folder, 'host')
  const compiler = process.env.CC || 'gcc'
  const { status, error, stderr } = spawnSync(compiler, ['-std=c11', '-O2', '-o', program, HOST, '-ldl'], {
    encoding: 'utf8',
  })
  if (error) throw new Missing(`no ${compiler} to compile its client (CC names another)`, { cause: error })
  if (status !== 0) throw new Missing(`${compiler} does not compile its client: ${stderr.trim().split('\n')[0]}`)
  return program
}

const bytesText = (bytes: Uint8Array): string => (bytes.length === 0 ? '-' : hexOf(bytes).slice(2))

/** A running evmone. */
export class Evmone {
  /** As the library says. */
  readonly version: string
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #folder: string
  /** Whose codes it has. */
  #current: MessageCase | undefined

  private constructor(process: ChildProcess, lines: AsyncIterator<string>, folder: string, version: string) {
    this.#process = process
    this.#lines = lines
    this.#folder = folder
    this.version = version
  }

  /** Starts the library that `named` names, EVMONE by default. Throws a Missing where it, or a compiler, is not there. */
  static async start(named: string | undefined = process.env.EVMONE): Promise<Evmone> {
    const library = findLibrary(named)
    const folder = mkdtempSync(join(tmpdir(), 'weft-evmone-'))
    try {
      const child = spawn(compileHost(folder), [library], { stdio: ['pipe', 'pipe', 'inherit'] })
      child.stdin.on('error', () => {})
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      const { value = 'error ended' } = await lines.next()
      const [word, ...rest] = value.split(' ')
      if (word !== 'ready') throw new Missing(`${library} ${rest.join(' ')}`)
      return new Evmone(
        child,
        lines,
        folder,
        `${rest.slice(1).join(' ')}, its baseline interpreter under a client in C`,
      )
    } catch (error) {
      rmSync(folder, { recursive: true })
      throw error
    }
  }

  /** The message on evmone. */
  runner(message: MessageCase): Runner {
    const { caller, to, input, gasLimit, gasUsed, output } = message
    const command = `run ${caller.slice(2)} ${to.slice(2)} ${gasLimit} ${bytesText(input)}\n`
    let answer: string[] = []
    return {
      prepare: () => this.#setCodes(message),
      run: async () => {
        answer = (await this.#ask(command)).split(' ')
        return Number(answer[2]) / 1e6
      },
      verify: () => {
        const [status, gasLeft, , found] = answer
        demand('evmone', 'status', '0', status)
        demand('evmone', 'gas', gasUsed, gasLimit - BigInt(gasLeft!))
        demand('evmone', 'output', output, found === '-' ? '0x' : `0x${found}`)
      },
    }
  }

  /** Ends the process. */
  async close(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit')
      this.#process.stdin!.end()
      await ended
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #setCodes(message: MessageCase): void {
    if (this.#current === message) return
    this.#process.stdin!.write('forget\n')
    for (const [address, code] of message.codes) {
      this.#process.stdin!.write(`code ${address.slice(2)} ${bytesText(code)}\n`)
    }
    this.#current = message
  }

  /** Throws a WrongResult where the client does not know what the message needs, or ended. */
  async #ask(command: string): Promise<string> {
    this.#process.stdin!.write(command)
    const { value, done } = await this.#lines.next()
    if (done || value.startsWith('refused ') || value.startsWith('error ')) {
      throw new WrongResult(`evmone: ${done ? 'ended' : value}`)
    }
    return value
  }
}
