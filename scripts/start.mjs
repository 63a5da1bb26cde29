// `npm start`: sets up what is missing or stale and replays a block. Without a file it takes the sample block of this
// repository. All arguments go to `weft replay`:
//   npm start                                   the sample block, as a table
//   npm start -- path/to/block.json.gz --json   that block, as JSON
// npm prints its own two lines on stdout first; `npm start --json` moves them to stderr, `npm start --silent -- --json`
// drops them, so that stdout holds JSON only.
import { join, relative } from 'node:path'
import { root, setUpOrExit } from './setup.mjs'
import { runInstead } from './spawn.mjs'

// npm keeps options before `--` for itself and tells the script through the environment.
const args = process.argv.slice(2)
if (process.env.npm_config_json === 'true' && !args.includes('--json')) args.push('--json')

// npm changes to the root of the repository; paths mean the folder in which the user typed them.
const cwd = process.env.INIT_CWD ?? process.cwd()
const namesFile = args.some(arg => !arg.startsWith('-') && /[./\\]/.test(arg))
const sample = namesFile ? [] : [relative(cwd, join(root, 'bench/blocks/sample.json.gz'))]

// A first look at the engine should say what the threads are worth; blocks of one's own run once.
const speedup = namesFile ? [] : ['--speedup']

await setUpOrExit()
await runInstead([join(root, 'dist/src/cli/main.js'), 'replay', ...sample, ...speedup, ...args], { cwd })
