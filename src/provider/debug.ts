// Methods that trace.

import { CallTreeTracer } from '../trace/call-tree.ts'
import { PrestateTracer } from '../trace/prestate.ts'
import { StructLogTracer } from '../trace/struct-log.ts'
import type { Tracer } from '../trace/tracer.ts'
import { type Method, placeAt } from './place.ts'
import { type Params, readRequest, refuseParam } from './read.ts'

/** A tracer by geth's name, and how to get its result. */
function tracerOf(params: Params, i: number): { tracer: Tracer; result: () => unknown } {
  const options = params.fields(i)
  const name = options.has('tracer') ? options.text('tracer') : undefined
  const config = (options.raw('tracerConfig') ?? {}) as Record<string, boolean>
  if (name === 'callTracer') {
    const tracer = new CallTreeTracer({ onlyTopCall: config.onlyTopCall === true, withLog: config.withLog === true })
    return { tracer, result: () => tracer.result }
  }
  if (name === 'prestateTracer') {
    const tracer = new PrestateTracer({ diffMode: config.diffMode === true })
    return { tracer, result: () => tracer.result }
  }
  if (name !== undefined) refuseParam('tracer', 'callTracer, prestateTracer or none', name)
  let text = ''
  const tracer = new StructLogTracer(
    piece => {
      text += piece
    },
    {
      stack: options.raw('disableStack') !== true,
      storage: options.raw('disableStorage') !== true,
      memory: options.raw('enableMemory') === true,
      returnData: options.raw('enableReturnData') === true,
    },
  )
  return { tracer, result: () => JSON.parse(text) }
}

/** Methods that trace. */
export const DEBUG: Readonly<Record<string, Method>> = {
  debug_traceTransaction: async (chain, params) => {
    const hash = params.hash(0)
    const mined = chain.mined.get(hash) ?? refuseParam('hash', 'a transaction in a block', hash)
    const { tracer, result } = tracerOf(params, 1)
    await chain.trace(mined, tracer)
    return result()
  },
  debug_traceCall: async (chain, params) => {
    const { tracer, result } = tracerOf(params, 2)
    const calls = [readRequest(params.fields(0))]
    await chain.engine.simulate({ calls, ...placeAt(chain, params, 1), tracer })
    return result()
  },
}
