// Tabs as the ARIA practices have them: arrows move between them, the address names the open one.

import { byId, el } from '../dom.ts'

/** Adds to the panel of a tab when it is first opened. What the page itself has there is seen at once. */
export type FillPanel = (panel: HTMLElement) => void | Promise<void>

/** Makes the tabs work. `fill`: by name; undefined where the panel is there already. */
export function startTabs(fill: Record<string, FillPanel | undefined>): void {
  const names = Object.keys(fill)
  const filled = new Set<string>()
  const open = (name: string, focus = false): void => {
    for (const each of names) {
      const [tab, panel] = [byId(`tab-${each}`), byId(`panel-${each}`)]
      tab.setAttribute('aria-selected', String(each === name))
      tab.tabIndex = each === name ? 0 : -1
      panel.hidden = each !== name
      if (focus && each === name) tab.focus()
    }
    if (filled.has(name)) return
    filled.add(name)
    const panel = byId(`panel-${name}`)
    panel.querySelector(':scope > .failure')?.remove()
    void Promise.resolve(fill[name]?.(panel)).catch(error => {
      filled.delete(name)
      panel.append(el('p', { class: 'failure', role: 'alert' }, `This tab could not be opened: ${error}`))
    })
  }
  const named = (): string => {
    const name = location.hash.slice(1).split('?')[0]!
    return names.includes(name) ? name : names[0]!
  }
  for (const [i, name] of names.entries()) {
    const tab = byId(`tab-${name}`)
    tab.addEventListener('click', () => {
      history.replaceState(null, '', i === 0 ? location.pathname : `#${name}`)
      open(name)
    })
    tab.addEventListener('keydown', event => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
      if (step === undefined) return
      event.preventDefault()
      const next = names[(i + step + names.length) % names.length]!
      byId(`tab-${next}`).click()
      byId(`tab-${next}`).focus()
    })
  }
  addEventListener('hashchange', () => open(named()))
  open(named())
}
