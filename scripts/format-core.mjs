// Formats the AssemblyScript sources. Biome parses them as TypeScript, which knows no decorators on functions; so a copy
// with every `@inline` line turned into a comment is formatted, and the lines are turned back. Part of `npm run format`;
// with --check it changes nothing and fails for files that are not formatted, as part of `npm run lint`. Takes all
// files, or those named.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from './setup.mjs'
import { filesUnder } from './stamp.mjs'

const hide = text => text.replace(/^( *)(@\w+(?:\(.*\))?)$/gm, '$1//$2')
const show = text => text.replace(/^( *)\/\/(@\w+(?:\(.*\))?)$/gm, '$1$2')

const named = process.argv.slice(2).filter(arg => !arg.startsWith('-'))
const paths = named.length > 0 ? named : ['assembly', 'test/kernel']
const files = filesUnder(root, paths).filter(file => file.endsWith('.ts'))
const { formatter, javascript } = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'))
const scratch = mkdtempSync(join(tmpdir(), 'weft-format-'))
try {
  writeFileSync(join(scratch, 'biome.json'), JSON.stringify({ root: true, formatter, javascript }))
  for (const file of files) {
    mkdirSync(join(scratch, dirname(file)), { recursive: true })
    writeFileSync(join(scratch, file), hide(readFileSync(join(root, file), 'utf8')))
  }
  process.exitCode = format()
} finally {
  rmSync(scratch, { recursive: true })
}

function format() {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const args = [biome, 'format', '--write', '--colors=off', '--log-level=error', '.']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: scratch, encoding: 'utf8' })
  if (status !== 0) process.stderr.write(stdout + stderr)
  const unformatted = files.filter(file => isChanged(file))
  if (!process.argv.includes('--check')) {
    for (const file of unformatted) writeFileSync(join(root, file), show(readFileSync(join(scratch, file), 'utf8')))
    if (unformatted.length > 0) process.stdout.write(`formatted ${unformatted.join(', ')}\n`)
    return status
  }
  for (const file of unformatted) process.stderr.write(`${file} is not formatted; run npm run format\n`)
  return status === 0 && unformatted.length === 0 ? 0 : 1
}

function isChanged(file) {
  return show(readFileSync(join(scratch, file), 'utf8')) !== readFileSync(join(root, file), 'utf8')
}
