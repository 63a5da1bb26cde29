// The worker: runs each code that the page sends and answers how it ended.
import { createWeft } from 'weft-evm'

const loading = createWeft()
self.onmessage = async ({ data }) => {
  const weft = await loading
  const { status, output, gasUsed } = await weft.call({ code: data })
  self.postMessage(`${status} ${output.at(-1)} with ${gasUsed} gas`)
}
