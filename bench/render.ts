// npm run bench:page -- REPORT.json: draws the page of a report that was written before, beside it.

import { readFileSync, writeFileSync } from 'node:fs'
import { renderPage } from './page/page.ts'
import type { Report } from './report.ts'

const [file, ...rest] = process.argv.slice(2)
if (!file?.endsWith('.json') || rest.length > 0) {
  console.error('Usage: npm run bench:page -- REPORT.json')
  process.exitCode = 2
} else {
  const page = file.replace(/json$/, 'html')
  writeFileSync(page, renderPage(JSON.parse(readFileSync(file, 'utf8')) as Report))
  console.log(page)
}
