// The style sheet of the page. Tones are the only colours; each has a value for light and one for dark.

const TONES = {
  ours: ['#2f5fd0', '#7ea6ff'],
  rival: ['#98a2b3', '#727d8f'],
  good: ['#2d8a63', '#56c294'],
  bad: ['#c8632b', '#f0905a'],
  wait: ['#e3e7ed', '#2f3743'],
  ink: ['#1b2230', '#e4e8ef'],
  muted: ['#5b6575', '#97a1b1'],
  grid: ['#e6e9ee', '#2a313c'],
  page: ['#ffffff', '#14181f'],
  card: ['#f6f7f9', '#1c222b'],
} as const

const values = (which: 0 | 1): string =>
  Object.entries(TONES)
    .map(([name, pair]) => `--${name}:${pair[which]}`)
    .join(';')

const fills = Object.keys(TONES)
  .map(
    name =>
      `.f-${name},.f-${name}-strong{fill:var(--${name})}.b-${name}{background:var(--${name})}.l-${name}{stroke:var(--${name})}`,
  )
  .join('')

/** All of it. */
export const STYLE: string = `
:root{color-scheme:light dark;${values(0)}}
@media (prefers-color-scheme:dark){:root{${values(1)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1080px;margin:0 auto;padding:40px 20px 80px}
h1{font-size:30px;margin:0 0 6px;letter-spacing:-.02em}
h2{font-size:20px;margin:0;letter-spacing:-.01em}
section{margin-top:52px}
section>p,header>p{color:var(--muted);margin:2px 0 14px;max-width:760px}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(320px,1fr));gap:4px 32px;margin:18px 0 0;font-size:14px}
dl div{display:flex;gap:10px}
dt{color:var(--muted);min-width:108px}
dd{margin:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(220px,1fr));gap:14px;margin-top:34px}
.tile{background:var(--card);border-radius:10px;padding:16px 18px}
.tile b{font-size:30px;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.tile h3{font-size:14px;font-weight:600;margin:2px 0 4px;line-height:1.35}
.tile p{margin:0;color:var(--muted);font-size:13px;line-height:1.4}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(440px,100%),1fr));gap:26px 40px}
figure{margin:8px 0 0;min-width:0;max-width:540px}
figure:has(.wide){max-width:none;grid-column:1/-1}
figcaption{color:var(--muted);font-size:13px;margin-top:4px}
.chart{display:block;width:100%;height:auto}
.chart text{font-size:13px;fill:var(--ink);font-variant-numeric:tabular-nums}
.chart .t-muted{fill:var(--muted);font-size:12px}
.chart .t-strong{font-weight:650}
.chart line{stroke-width:1;shape-rendering:crispEdges}
.chart polyline{fill:none;stroke-width:2.2;stroke-linejoin:round}
.chart .dashed{stroke-dasharray:6 5}
@media (max-width:560px){.figures .chart text{font-size:14px}.figures .chart .t-muted{font-size:13px}.wide .chart text,.wide .chart .t-muted{font-size:12px}}
.l-axis{stroke:var(--muted)}
.l-mark{stroke:var(--good);stroke-dasharray:3 3}
${fills}
.legend{display:flex;flex-wrap:wrap;gap:6px 20px;margin:8px 0 0;font-size:13px}
.legend i{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:7px}
.facts{align-self:center;font-size:14px}
.facts p{margin:0 0 8px}
.wide{overflow-x:auto}
.wide .chart{min-width:640px}
summary{cursor:pointer;font-weight:600}
table{border-collapse:collapse;font-size:13px;margin-top:12px;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:3px 14px 3px 0;border-bottom:1px solid var(--grid);white-space:nowrap}
th:first-child,td:first-child{text-align:left}
th{color:var(--muted);font-weight:500}
`
