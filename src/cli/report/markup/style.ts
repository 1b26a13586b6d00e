/** How the page looks: no fonts, images or scripts from anywhere; light or dark as the reader's system is; readable on paper. */

export const style = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1a1d21; --quiet: #59616b; --line: #d5dae0; --band: #f4f6f8; --link: #0b57a8; --mark: #fff3bf;
  --good: #1b6e34; --good-band: #e3f4e7; --bad: #a3141f; --bad-band: #fde7e9; --care: #7a4d00; --care-band: #fdf1d8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --ink: #e4e7ea; --quiet: #a2abb5; --line: #363d45; --band: #1d2227; --link: #8ab8f0; --mark: #4a3f10;
    --good: #8fd6a3; --good-band: #16311e; --bad: #ff9ea5; --bad-band: #421a1d; --care: #f0c674; --care-band: #3a2d10;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.5rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
a { color: var(--link); }
a:focus-visible, .scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
nav ul, ul.sums { list-style: none; padding: 0; margin: .75rem 0; display: flex; flex-wrap: wrap; gap: .35rem 1.25rem; }
ul.sums { gap: .5rem; }
ul.sums li { border: 1px solid var(--line); border-radius: .4rem; padding: .3rem .7rem; }
p.note, p.empty, .help, footer { color: var(--quiet); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; min-width: 46rem; font-size: .92rem; }
caption { text-align: left; color: var(--quiet); padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); font-weight: normal; }
thead th { font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; min-width: 8rem; }
tbody th div, tbody th details { font-weight: normal; }
tbody tr:hover { background: var(--band); }
td.code, th.code, code, pre { font-family: ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; font-size: .87rem; }
th.code { font-weight: 600; }
td.line { white-space: nowrap; }
.badge { display: inline-block; border-radius: .3rem; padding: 0 .45rem; white-space: nowrap; font-size: .87rem; }
.passed { color: var(--good); background: var(--good-band); }
.failed { color: var(--bad); background: var(--bad-band); font-weight: 600; }
.unknown, .warning { color: var(--care); background: var(--care-band); }
.skipped { color: var(--quiet); background: var(--band); }
details { margin: .35rem 0; }
summary { cursor: pointer; }
pre { overflow-x: auto; background: var(--band); padding: .6rem .8rem; border-radius: .4rem; margin: .4rem 0; }
ol.text { list-style: none; margin: 0; padding: .5rem 0; background: var(--band); border-radius: .4rem; overflow-x: auto;
  font-family: ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; font-size: .87rem; line-height: 1.45; }
ol.text li { display: flex; min-height: 1.45em; scroll-margin-top: 30vh; }
ol.text li a { flex: none; width: 4.5em; padding-right: 1em; text-align: right; color: var(--quiet); text-decoration: none; }
ol.text li code { white-space: pre; font-size: 1em; }
ol.text li:target { background: var(--mark); }
footer { padding-top: 2rem; padding-bottom: 2rem; font-size: .87rem; }
@media print {
  table { min-width: 0; }
  nav { display: none; }
  .scroll, ol.text { overflow: visible; }
  tr, ol.text li { break-inside: avoid; }
}
`;
