// Light, dark, or as the system has it; kept for the next visit.

import { byId } from '../dom.ts'

const KEY = 'weft-theme'

/** Makes the theme control work. Others hear of a change by the event `weft-theme` on the document. */
export function startTheme(): void {
  const select = byId<HTMLSelectElement>('theme')
  const apply = (): void => {
    if (select.value === 'auto') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = select.value
    document.dispatchEvent(new Event('weft-theme'))
  }
  const kept = localStorage.getItem(KEY)
  if (kept === 'light' || kept === 'dark') select.value = kept
  apply()
  select.addEventListener('change', () => {
    localStorage.setItem(KEY, select.value)
    apply()
  })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', apply)
}
