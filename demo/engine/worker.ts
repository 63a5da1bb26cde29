// The worker of the page: one block at a time, which can be given up.

import { WeftError } from '../../src/index.ts'
import { Engines, execute } from './execute.ts'
import type { Failure, FromWorker, ToWorker } from './protocol.ts'

const engines = new Engines()
let current: AbortController | undefined

const post = (message: FromWorker): void => postMessage(message)

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  current?.abort()
  if (data.kind === 'cancel') return
  const controller = new AbortController()
  current = controller
  void run(data, controller)
}

async function run(
  { choice, settings }: Extract<ToWorker, { kind: 'run' }>,
  { signal }: AbortController,
): Promise<void> {
  const tell = (stage: string, part?: number): void =>
    post({ kind: 'progress', stage, ...(part !== undefined && { part }) })
  try {
    post({ kind: 'done', result: await execute(engines, { choice, settings, signal, tell }) })
  } catch (error) {
    post(signal.aborted ? { kind: 'cancelled' } : { kind: 'failed', failure: failureOf(error) })
  }
}

/** The sentence of an error, and its causes as what there is to be said beside. */
function failureOf(error: unknown): Failure {
  if (!(error instanceof WeftError)) return { message: error instanceof Error ? error.message : String(error) }
  const details = error.message.slice(error.shortMessage.length).trim()
  return { message: error.shortMessage, ...(details && { details }) }
}
