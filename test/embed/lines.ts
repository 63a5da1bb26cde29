// The vectors as host.c reads them: a word and what belongs to it per line, so that it needs no reader of JSON.
import type { Vector } from './vectors.ts'

/** The lines of all vectors. */
export function linesOf(vectors: readonly Vector[]): string {
  return `${vectors.flatMap(linesOfOne).join('\n')}\n`
}

function linesOfOne({
  name,
  fork,
  options,
  contracts,
  state,
  precompiles,
  signers,
  supplied,
  environment,
  runs,
}: Vector): string[] {
  return [
    `vector ${name}\t${fork}`,
    ...options.map(option => `option ${option.join(' ')}`),
    ...state.map(record => `record ${record}`),
    ...precompiles.map(([address, input, output]) => `precompile ${address} ${input} ${output ?? '-'}`),
    ...Object.entries(signers).map(([of, address]) => `signer ${of.slice(0, -1)}0${of.slice(-1)} ${address}`),
    ...(contracts === '' ? [] : [`contracts ${contracts}`]),
    ...(supplied === '' ? [] : [`supplied ${supplied}`]),
    `environment ${environment}`,
    ...runs.map(({ begin, end, data, pointers }) => ['run', begin, end, data, ...pointers].join(' ')),
  ]
}
