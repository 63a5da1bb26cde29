// Elements in a few words. Text becomes text nodes, never markup: what is shown comes from blocks of strangers.

/** Attributes by name; `class`, `aria-…` and all others as in HTML. True sets an empty attribute, false and undefined none. */
export type Attributes = Record<string, string | number | boolean | undefined>

/** Anything that can stand in an element. */
export type Child = Node | string | number | undefined | false

/** Makes an element. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value))
  }
  for (const child of children) {
    if (child !== undefined && child !== false) element.append(typeof child === 'number' ? String(child) : child)
  }
  return element
}

/** The element with that id. Throws where the page has none: it is then not the page that this was written for. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id)
  if (!found) throw new Error(`the page has no element "${id}"`)
  return found as T
}

/** A table with a caption for those who cannot see it; cells that begin with a digit are set to the right. */
export function table(caption: string, columns: readonly string[], rows: readonly (readonly Child[])[]): HTMLElement {
  const isFigure = (cell: Child): boolean =>
    typeof cell === 'number' || (typeof cell === 'string' && /^[–\d]/.test(cell))
  const right = columns.map((_, i) => rows.length > 0 && rows.every(row => isFigure(row[i])))
  const cellOf = (cell: Child, i: number): HTMLElement => el('td', { class: right[i] ? 'figure' : undefined }, cell)
  return el(
    'div',
    { class: 'table', tabindex: 0, role: 'group', 'aria-label': caption },
    el(
      'table',
      {},
      el('caption', { class: 'visually-hidden' }, caption),
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          ...columns.map((name, i) => el('th', { scope: 'col', class: right[i] ? 'figure' : undefined }, name)),
        ),
      ),
      el('tbody', {}, ...rows.map(row => el('tr', {}, ...row.map(cellOf)))),
    ),
  )
}
