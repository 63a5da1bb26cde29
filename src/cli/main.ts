#!/usr/bin/env node
// weft: the command line. Finds the command, answers --help and --version, and turns errors into one line and an exit
// code. A closed pipe ends the program quietly. SIGINT keeps its default action on purpose: a handler would have to wait
// for the event loop, and WASM that runs a long block does not return to it.
import { bench } from './bench.ts'
import { blockTest } from './blocktest.ts'
import { type Command, complain, errorLine, OK, parseOptions, print, UNUSABLE, UsageError } from './command.ts'
import { doctor } from './doctor.ts'
import { replay } from './replay.ts'
import { runCode } from './run.ts'
import { stateTest } from './statetest.ts'
import { t8n } from './t8n.ts'
import { version } from './version.ts'

const COMMANDS: readonly Command[] = [replay, runCode, stateTest, blockTest, t8n, bench, doctor]

const HELP = `Usage: weft COMMAND ...

Commands:
${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}

weft COMMAND --help says more. Options: -h, --help, -V, --version.
Exit code: 0 all ok, 1 some block or test failed, 2 usage or file error.`

async function dispatch(args: string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    print(HELP)
    return name === undefined ? UNUSABLE : OK
  }
  if (name === '--version' || name === '-V') {
    print(version())
    return OK
  }
  const command = COMMANDS.find(known => known.name === name)
  if (!command) throw new UsageError(`unknown command ${JSON.stringify(name.slice(0, 40))} (see weft --help)`)
  const { values, positionals } = parseOptions(rest, command)
  if (values.help === true) print(command.help)
  else if (values.version === true) print(version())
  else return command.run(values, positionals)
  return OK
}

function endOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? OK)
  throw error
}

process.stdout.on('error', endOnClosedPipe)
process.stderr.on('error', endOnClosedPipe)
const args = process.argv.slice(2)
try {
  process.exitCode = await dispatch(args)
} catch (error) {
  complain(errorLine(error, args.includes('--verbose') || args.includes('-v')))
  process.exitCode = UNUSABLE
}
