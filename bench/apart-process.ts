// One of the processes of apart.ts: measures the cases that it is told of, and ends.

import { availableParallelism } from 'node:os'
import type { ApartMessage, ApartOrder } from './apart.ts'
import { buildOf } from './built.ts'
import { ParallelEngines, parallelCases } from './cases/parallel.ts'
import { measureAll } from './measure.ts'

process.once('message', measure)

async function measure({ names, quick, folder }: ApartOrder): Promise<void> {
  const engines = new ParallelEngines(await buildOf('weft.simd'), await buildOf('weft.threads'))
  const all = parallelCases(engines, { isQuick: quick, cores: availableParallelism(), folder })
  const entries = all.filter(({ name }) => names.includes(name))
  const show = (shown: string): void => tell({ shown })
  // What fails is told by the process that started this one, once for all of them.
  const results = await measureAll(entries, quick, { show }, () => {})
  tell({ results })
  await engines.close()
  process.disconnect()
}

function tell(message: ApartMessage): void {
  process.send!(message)
}
