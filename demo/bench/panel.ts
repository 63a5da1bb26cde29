export function startBenchPanel(panel: HTMLElement): void {
  panel.textContent = ''
}
