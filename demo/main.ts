// The page: tabs, theme, and what runs blocks. Bench is loaded when it is opened.

import { becomeIsolated } from './page/isolation.ts'
import { startTabs } from './page/tabs.ts'
import { startTheme } from './page/theme.ts'
import { startRunPanel } from './run/panel.ts'

startTheme()
startTabs({
  run: undefined,
  bench: async panel => (await import('./bench/panel.ts')).startBenchPanel(panel),
})
const isolation = await becomeIsolated()
startRunPanel(isolation)
