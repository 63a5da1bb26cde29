// The rival in Rust: anvil's eth_call (revm), over HTTP on loopback. A call that does nothing is measured beside every run, and the
// median of the last of these is taken off: what stays is the execution. The process is started once and ends with the benchmark.

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { hexOf } from '../../src/input/hex.ts'
import type { Address } from '../../src/types.ts'
import { demand } from '../cases/case.ts'
import type { MessageCase } from '../cases/messages.ts'
import { type Runner, WrongResult } from '../harness.ts'
import { quantile } from '../statistics.ts'
import { startAnvil } from './anvil-process.ts'

/** No limit of a block, since the messages take up to 236 million gas; the limit of a transaction is off by default. */
const FLAGS = ['--hardfork', 'osaka', '--disable-block-gas-limit', '--no-mining', '--port', '0']

/** A contract whose code is STOP. */
const NOTHING: Address = '0x0000000000000000000000000000000000000990'
/** Calls of it before each run, and how many of them count. */
const TRIVIAL = { perRun: 3, kept: 31 }

interface Answer {
  result?: string
  error?: { message: string }
}

/** A running anvil. */
export class Anvil {
  /** Version and flags. */
  readonly version: string
  readonly #process: ChildProcess
  readonly #port: number
  readonly #agent: Agent = new Agent({ keepAlive: true, maxSockets: 1, noDelay: true })
  #trivialMs: number[] = []
  /** Whose codes are set. */
  #current: MessageCase | undefined

  private constructor(process: ChildProcess, port: number, version: string) {
    this.#process = process
    this.#port = port
    this.version = version
  }

  /** Throws a Missing where it is not installed for this platform. */
  static async start(): Promise<Anvil> {
    const { child, port, version } = await startAnvil(FLAGS)
    const anvil = new Anvil(child, port, `${version}, ${FLAGS.slice(0, 4).join(' ')}`)
    await anvil.#ask('anvil_setCode', [NOTHING, '0x00'])
    return anvil
  }

  /** The message on anvil. Its answer holds the output; gas it does not tell. */
  runner(message: MessageCase): Runner {
    const { caller, to, input, gasLimit, output } = message
    const call = { from: caller, to, data: hexOf(input), gas: `0x${gasLimit.toString(16)}` }
    let answer = ''
    return {
      prepare: async () => {
        await this.#setCodes(message)
        for (let i = 0; i < TRIVIAL.perRun; i++)
          this.#trivialMs.push(await this.#time({ ...call, to: NOTHING, data: '0x' }))
        this.#trivialMs = this.#trivialMs.slice(-TRIVIAL.kept)
      },
      run: async () => {
        const started = performance.now()
        answer = await this.#ask('eth_call', [call, 'latest'])
        return Math.max(0, performance.now() - started - quantile(this.#trivialMs, 0.5))
      },
      verify: () => demand('anvil', 'output', output, answer.slice(0, 2 + 256)),
    }
  }

  /** Ends the process. */
  async close(): Promise<void> {
    this.#agent.destroy()
    const ended = once(this.#process, 'exit')
    this.#process.kill()
    await ended
  }

  async #setCodes(message: MessageCase): Promise<void> {
    if (this.#current === message) return
    for (const [address, code] of message.codes) await this.#ask('anvil_setCode', [address, hexOf(code)])
    this.#current = message
  }

  async #time(call: object): Promise<number> {
    const started = performance.now()
    await this.#ask('eth_call', [call, 'latest'])
    return performance.now() - started
  }

  async #ask(method: string, params: unknown[]): Promise<string> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const { result, error } = JSON.parse(await this.#post(body)) as Answer
    if (error) throw new WrongResult(`anvil: ${method}: ${error.message}`)
    return result ?? ''
  }

  #post(body: string): Promise<string> {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const options = { host: '127.0.0.1', port: this.#port, method: 'POST', agent: this.#agent, headers }
    return new Promise((resolve, reject) => {
      const asked = request(options, response => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', piece => {
          text += piece
        })
        response.on('end', () => resolve(text))
      })
      asked.on('error', reject)
      asked.end(body)
    })
  }
}
