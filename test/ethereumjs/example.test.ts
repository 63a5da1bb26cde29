// examples/ethereumjs.ts does what it says, through the entry of the built package.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { setUp } from '../setup/weft.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

it('two transactions on the VM of EthereumJS', () => {
  setUp('dist')
  const options = { cwd: root, encoding: 'utf8', timeout: 60_000 } as const
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'examples/ethereumjs.ts'], options)
  expect(stderr).toBe('')
  expect(stdout).toMatch(/^\+ 5 = 5, \d+ gas\n\+ 37 = 42, \d+ gas\nstate root 0x[\da-f]{64}\n$/)
})
