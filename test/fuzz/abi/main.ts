// `npm run fuzz -- abi --minutes N [--seed S]`: a hostile host for that long. Prints what it saw every 30 s. Exit code 1 and the smallest
// sequence that went wrong, if one did: it belongs into test/core/hostile.test.ts, with what was wrong put right.
import * as abi from '../../../assembly/abi.ts'
import { runCampaign } from './campaign.ts'

const NAMES = new Map(
  Object.entries(abi).flatMap(([name, value]) => (/^(RUN_|OUT_OF_MEMORY|TRIE_M)/.test(name) ? [[value, name]] : [])),
)

/** Runs the campaign; its seed is a number made of the text. */
export async function fuzzAbi(minutes: number, text: string): Promise<boolean> {
  const seed = [...text].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) | 0, 7)
  const start = performance.now()
  let printed = start
  const seconds = (): string => ((performance.now() - start) / 1000).toFixed(0)
  const onProgress = (sequences: number): void => {
    if (performance.now() - printed < 30_000) return
    printed = performance.now()
    console.log(`${sequences} sequences in ${seconds()} s`)
  }
  const result = await runCampaign({ seed, milliseconds: minutes * 60_000, onProgress })
  const { sequences, commands, recovered, failure } = result
  const statuses = [...result.statuses].map(status => NAMES.get(status) ?? status).join(', ')
  console.log(`abi, seed ${text}: ${sequences} sequences of ${commands} commands in ${seconds()} s; ${statuses}`)
  console.log(
    `memory ran out in ${recovered}; ${failure === undefined ? 'nothing went wrong' : `went wrong: ${failure}`}`,
  )
  return failure === undefined
}
