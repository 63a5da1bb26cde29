// File names on standard input, one per line, as the tools of the field take them: a driver starts the program once and hands it one
// test after another. An empty line, or the end of the input, ends the list. Called by statetest and blocktest.
import { createInterface } from 'node:readline'

/** The names as they come in; the next is read when the last has been dealt with. */
export async function* namesFromStdin(input: NodeJS.ReadableStream = process.stdin): AsyncIterable<string> {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  try {
    for await (const line of lines) {
      if (line.trim() === '') return
      yield line.trim()
    }
  } finally {
    lines.close()
    // An open pipe would keep the program alive.
    if (input === process.stdin) process.stdin.unref?.()
  }
}
