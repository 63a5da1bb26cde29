export function startEvmPanel(panel: HTMLElement): void {
  panel.textContent = ''
}
