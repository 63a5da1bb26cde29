// The command line as a user meets it: the built program in a process of its own. Help, version, wrong calls, files that
// cannot be read, a closed pipe, an interrupt. What needs the core is in engine.test.ts.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cliFile } from '../setup/weft.ts'
import { blockJson } from './block.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined }

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-main-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function weft(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cliFile, ...args], {
    encoding: 'utf8',
    env,
    timeout: 60_000,
  })
  return { code: status, out: stdout, err: stderr }
}

describe('help and version', () => {
  it.each([[['--help']], [['-h']], [['help']]])('weft %j lists the commands', args => {
    const { code, out, err } = weft(...args)
    expect([code, err]).toEqual([0, ''])
    for (const name of ['replay', 'run', 'statetest']) expect(out).toContain(`  ${name} `)
  })

  it.each(['replay', 'run', 'statetest'])('weft %s --help and --version', name => {
    for (const flag of ['--help', '-h']) {
      const { code, out, err } = weft(name, flag)
      expect([code, err]).toEqual([0, ''])
      expect(out.startsWith(`Usage: weft ${name} `)).toBe(true)
      expect(Math.max(...out.split('\n').map(line => line.length))).toBeLessThanOrEqual(120)
    }
    expect(weft(name, '--version')).toEqual({ code: 0, out: `${version}\n`, err: '' })
  })

  it('weft --version', () => expect(weft('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' }))
})

describe('a wrong call ends with exit code 2 and one line', () => {
  it.each([
    [['bogus'], 'unknown command "bogus" (see weft --help)'],
    [['\u001b[31m'], 'unknown command "\\u001b[31m" (see weft --help)'],
    [['replay'], 'weft replay needs at least one block file (see weft replay --help)'],
    [['replay', '--bogus', 'x'], "Unknown option '--bogus' (see weft replay --help)"],
    [['statetest'], 'weft statetest needs at least one PATH (see weft statetest --help)'],
    [['run'], 'weft run needs exactly one HEX or @FILE (see weft run --help)'],
    [['run', '00', '01'], 'weft run needs exactly one HEX or @FILE (see weft run --help)'],
    [['run', '0x123'], '"code" expected hex with two digits per byte, got "0x123"'],
    [['run', '00', '--input', 'xyz'], '"--input" expected hex with two digits per byte, got "xyz"'],
    [['run', '00', '--gas=-1'], '"--gas" expected a number 0..9223372036854775807, got "-1"'],
    [['run', '00', '--gas', '1e6'], '"--gas" expected a number 0..9223372036854775807, got "1e6"'],
    [['run', '00', '--gas', '9223372036854775808'], '"--gas" expected a number 0..9223372036854775807'],
    [['run', '00', '--value', 'x'], '"--value" expected a number 0..'],
    [['run', '00', '--fork', 'atlantis'], '"--fork" expected one of frontier, '],
    [['run', '@/no/such/file'], '/no/such/file: expected a readable file, got no such file'],
    [['run', '00', '--gas'], "Option '--gas <value>' argument missing (see weft run --help)"],
  ])('%j', (args, sentence) => {
    const { code, out, err } = weft(...args)
    expect([code, out]).toEqual([2, ''])
    expect(err.startsWith(`error ${sentence}`)).toBe(true)
    expect(err.trimEnd()).not.toContain('\n')
  })

  it('and without arguments it is the help', () => {
    const { code, out } = weft()
    expect([code, out.startsWith('Usage: weft COMMAND')]).toEqual([2, true])
  })
})

describe('files that cannot be read', () => {
  it('are named one by one, with exit code 2', () => {
    const cut = join(folder, 'cut.json.gz')
    writeFileSync(cut, gzipSync(JSON.stringify(blockJson(4))).subarray(0, 200))
    const noBlock = join(folder, 'state.json')
    writeFileSync(noBlock, '{"pre":{}}')
    const missing = join(folder, 'missing.json')
    const { code, out, err } = weft('replay', cut, noBlock, missing, '--json')
    expect(code).toBe(2)
    expect(err.trimEnd().split('\n')).toEqual([
      `error ${missing}: expected a file or folder, got no such file`,
      `error ${cut}: expected a complete gzip file, got a truncated or damaged one (unexpected end of file)`,
      `error ${noBlock}: "block" expected a block object of JSON-RPC, got nothing`,
    ])
    const lines = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(lines.map(({ file, ok }) => [file, ok])).toEqual([
      [missing, false],
      [cut, false],
      [noBlock, false],
    ])
  })

  it('are no state tests either', () => {
    const file = join(folder, 'test.json')
    writeFileSync(file, '{"name":{"env":{},"pre":{},"transaction":{}}}')
    const { code, out, err } = weft('statetest', file, join(folder, 'none'), '--json')
    expect([code, JSON.parse(out)]).toEqual([2, []])
    expect(err).toContain('none: expected a file or folder, got no such file')
    const form = 'state tests { name: { env, pre, transaction, post } }'
    expect(err).toContain(`${file}: expected ${form}, got no "post" in "name"`)
  })

  it('say more with --verbose', () => {
    expect(weft('run', '@/no/such/file', '--verbose').err).toMatch(/\n +at /)
  })
})

describe('the end of the process', () => {
  it('is quiet where the pipe is closed', async () => {
    const names = Array.from({ length: 3000 }, (_, i) => join(folder, `missing-${i}.json`))
    const child = spawn(process.execPath, [cliFile, 'replay', '--json', ...names], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let err = ''
    child.stderr.on('data', data => {
      err += data
    })
    child.stdout.destroy()
    const code = await new Promise(resolve => child.on('close', resolve))
    expect(err).not.toMatch(/EPIPE|at .*\.js/)
    expect([0, 2]).toContain(code)
  })

  it.skipIf(process.platform === 'win32')('is quiet after an interrupt', async () => {
    const pipe = join(folder, 'pipe.json')
    spawnSync('mkfifo', [pipe])
    const child = spawn(process.execPath, [cliFile, 'replay', pipe], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let err = ''
    child.stderr.on('data', data => {
      err += data
    })
    setTimeout(() => child.kill('SIGINT'), 1000)
    const signal = await new Promise(resolve => child.on('close', (_, name) => resolve(name)))
    expect([signal, err]).toEqual(['SIGINT', ''])
  })
})
