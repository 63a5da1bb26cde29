// `npm test`: sets up what is missing or stale and runs all tests. Arguments go to vitest:
//   npm test -- test/unit        one folder or file
//   npm test -- -t keccak        tests by name
//   npm run test:spec            the conformance tests in full instead of a sample (--spec-full)
//   npm run test:spec -- simd    the same on one build: state and block tests have files of their own per build
import { join } from 'node:path'
import { root, setUpOrExit } from './setup.mjs'
import { runInstead } from './spawn.mjs'

const args = process.argv.slice(2).filter(arg => arg !== '--spec-full')
// WEFT_READY saves the workers from looking again whether the builds are up to date (test/setup/weft.ts).
const env = { ...process.env, WEFT_READY: '1' }
if (process.argv.includes('--spec-full')) {
  env.WEFT_SPEC = 'full'
  args.unshift('--project', 'spec')
}

await setUpOrExit()
await runInstead([join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...args], { cwd: root, env })
