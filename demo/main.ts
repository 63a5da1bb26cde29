// The page: tabs, theme, and what runs blocks. Bench and EVM are loaded when they are opened.

import { becomeIsolated } from './page/isolation.ts'
import { startTabs } from './page/tabs.ts'
import { startTheme } from './page/theme.ts'
import { startRunPanel } from './run/panel.ts'

startTheme()
startTabs({
  run: undefined,
  bench: async panel => (await import('./bench/panel.ts')).startBenchPanel(panel),
  evm: async panel => (await import('./evm/panel.ts')).startEvmPanel(panel),
})
const isolation = await becomeIsolated()
startRunPanel(isolation)
