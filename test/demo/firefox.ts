// A Firefox as a visitor has it. It is driven by a page of the same host, which holds the other page in a frame and sends what it saw.
//
// There is no debugger, and that is why it is not driven by WebDriver BiDi: where one listens, `new Worker` in a worker may wait for ever,
// since it and the new thread wait on one condition, of which a single notification wakes either (WorkerPrivate.h of Firefox 153,
// SetIsDebuggerRegistered). Of 580 loads of this page four hung with BiDi, of 600 without it none.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { findProgram } from '../gpu/browser.ts'
import { serveSite } from './site.ts'

/** Firefox's path, or undefined where there is none. */
export function findFirefox(): string | undefined {
  return findProgram(process.env.WEFT_FIREFOX, ['firefox-esr', 'firefox'])
}

/** What a visit saw, and errors on the console and exceptions since the page had loaded. */
export interface Visit<T> {
  seen: T
  complaints: string[]
}

/**
 * Opens the built page and calls `visit` in Firefox, with the page's document. It is sent as its source: it sees nothing from outside it, and
 * what it gives is sent back as JSON. Rejects with what it threw.
 */
export async function visitWithFirefox<T>(
  program: string,
  visit: (document: Document) => Promise<T>,
): Promise<Visit<T>> {
  type Report = Visit<T> | { error: string; complaints: string[] }
  let report!: (visited: Report) => void
  const reported = new Promise<Report>(resolve => {
    report = resolve
  })
  const host = await serveSite(true, {
    '/drive.html': (_, response) => void response.end(driver(String(visit))),
    '/report': (request, response) => void text(request).then(body => response.end(() => report(JSON.parse(body)))),
  })
  const home = mkdtempSync(join(tmpdir(), 'weft-firefox-'))
  const args = ['--headless', '--no-remote', '--profile', home, `${host.url}drive.html`]
  const firefox = spawn(program, args, { env: { ...process.env, HOME: home }, stdio: 'ignore' })
  const ended = once(firefox, 'exit')
  const failed = ended.then(([code]) => ({ error: `Firefox ended with ${code}`, complaints: [] }))
  try {
    const visited = await Promise.race([reported, failed])
    if ('seen' in visited) return visited
    throw new Error(`${visited.error}; complaints: ${JSON.stringify(visited.complaints)}`)
  } finally {
    firefox.kill()
    await ended
    host.close()
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  }
}

function driver(visit: string): string {
  return `<!doctype html>
<iframe src="/" width="1280" height="900"></iframe>
<script>
  const frame = document.querySelector('iframe')
  frame.onload = async () => {
    const { contentWindow: page, contentDocument } = frame
    const complaints = []
    page.console.error = (...what) => complaints.push(what.join(' '))
    page.addEventListener('error', ({ message }) => complaints.push(message))
    page.addEventListener('unhandledrejection', ({ reason }) => complaints.push(String(reason)))
    const report = await (${visit})(contentDocument).then(seen => ({ seen }), error => ({ error: String(error) }))
    await fetch('/report', { method: 'POST', body: JSON.stringify({ ...report, complaints }) })
  }
</script>`
}
