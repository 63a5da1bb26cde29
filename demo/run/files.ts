// Files of the visitor: by the picker, or dropped anywhere on the page.

import { byId } from '../dom.ts'

/** Makes picker and dropping work; `onChoice` hears of new files. Returns what gives the files chosen last. */
export function readFiles(onChoice: () => void): () => readonly File[] {
  let files: readonly File[] = []
  const drop = byId('drop')
  const take = (list: FileList | null | undefined): void => {
    if (!list || list.length === 0) return
    files = [...list]
    byId('file-name').textContent = `${files.map(({ name }) => name).join(' and ')}: press Run.`
    onChoice()
  }
  const input = byId<HTMLInputElement>('file')
  input.addEventListener('change', () => take(input.files))
  const isOver = (over: boolean): void => void drop.classList.toggle('over', over)
  document.addEventListener('dragover', event => {
    if (!event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    onChoice()
    isOver(true)
  })
  document.addEventListener('dragleave', event => {
    if (event.relatedTarget === null) isOver(false)
  })
  document.addEventListener('drop', event => {
    if (!event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    isOver(false)
    take(event.dataTransfer.files)
  })
  return () => files
}
