import { DARK_TOKENS, LIGHT_TOKENS, VIEW_STYLE } from "../view/style.js";

/**
 * The style of a page that is a file: that of the views, dark by the system too, what only a page has, and print. With
 * the attribute `data-theme`, the reader's switch wins over the system.
 */
export const PAGE_STYLE = `${VIEW_STYLE}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${DARK_TOKENS}}}
[hidden]{display:none!important}
.bar{display:flex;align-items:center;gap:4px 14px;max-width:1392px;margin:0 auto;padding:12px 24px 0}
.brand{font-weight:650}
footer{max-width:1392px;margin:0 auto;padding:0 24px 48px;color:var(--quiet);font-size:13px}
summary{cursor:pointer}
p,li,dd,td{overflow-wrap:anywhere}
.chart{height:auto}
aside .chart{width:auto;max-width:100%}
.wide{overflow-x:auto}.wide>.drawn{min-width:860px;position:relative}
.drawn .places{position:absolute;top:0;bottom:0;display:flex}
.drawn .places a{flex:1 1 0;min-width:0}
.drawn .places a:hover,.drawn .places a.on{background:var(--accent);opacity:.12}
.filters{display:flex;flex-wrap:wrap;gap:6px 8px;align-items:center;margin-bottom:10px}
.filters input{border:1px solid var(--line);border-radius:7px;padding:4px 9px;background:var(--paper);font-size:13px;
width:min(290px,100%)}
.layers-table{max-height:82vh}
/* Of thousands of layers only what is near the view is laid out. Not of fewer: an estimated height moves the rest. */
.large .spectra .row{content-visibility:auto;contain-intrinsic-size:auto 66px}
.large .layers-table{content-visibility:auto;contain-intrinsic-size:auto 82vh}
.table tbody tr{scroll-margin-top:46px}
.table tbody tr:target>*{background:var(--accent-wash)}
.table caption{text-align:left;padding:8px 10px;color:var(--quiet);font-size:13px}
.table td.reason{white-space:normal;text-align:left;min-width:240px}
.table thead button::after{content:"\\2195";opacity:.4;margin-left:4px}
.table th[aria-sort=ascending] button::after{content:"\\2191";opacity:1}
.table th[aria-sort=descending] button::after{content:"\\2193";opacity:1}
.table .again{display:block}
.key-numbers+.note{margin-top:12px}
details.note{margin-top:10px}
.folded .cells{padding:6px 0}
.folded summary{padding:6px 0}
.folded .phase-strip{display:inline-flex;height:10px;width:min(560px,100%);gap:1px;vertical-align:-1px;margin-left:10px}
.folded .phase-strip i{flex:1 1 0;min-width:0}
.sheet{border-top:1px solid var(--line);padding:22px 0 26px;scroll-margin-top:8px}
.sheet .name{font-size:20px;overflow-wrap:anywhere}
.sheet:target .name{text-decoration:underline;text-decoration-color:var(--accent);text-underline-offset:5px}
.sheet .note{margin-top:6px}
.sheet .charts{margin:0}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(360px,100%),1fr));gap:18px 28px;margin:14px 0 4px}
figure{min-width:0;max-width:520px}
figure.wide,.wide{max-width:none}
figcaption{font-size:13px;color:var(--quiet)}
.sheet details{margin-top:10px}
.sheet .numbers dd b{font-weight:500;color:var(--ink)}
.values{display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:2px 28px;margin:8px 0;font-size:13px}
.values>div{display:flex;justify-content:space-between;gap:10px;border-bottom:1px solid var(--hair)}
.values dt{color:var(--quiet);overflow-wrap:anywhere}
.values dd{font-variant-numeric:tabular-nums;text-align:right}
.guide p{max-width:78ch;margin-top:6px}
.guide h3{margin-top:18px}
.glossary dt{font-weight:600;margin-top:8px}.glossary dd{max-width:80ch}
.swatch{display:inline-block;width:22px;height:0;border-top:2px solid;vertical-align:4px;margin-right:6px}
sup{line-height:0}h4{margin:0;font-size:14px;font-weight:600}
.key{display:flex;flex-wrap:wrap;gap:4px 20px;margin:6px 0}
.message+.message,.message{margin-top:12px}
@media (max-width:720px){.bar{padding:10px 14px 0}footer{padding:0 14px 40px}
.button,.chip{min-height:36px}.table tbody th{max-width:132px}.layers-table{max-height:76vh}}
@media print{
:root,:root[data-theme=dark],:root:not([data-theme=light]){${LIGHT_TOKENS}}
@page{margin:14mm 12mm}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
.skip,[data-script],.attention .go,.places{display:none!important}
main,.bar,footer{padding-left:0;padding-right:0}
.top,.layer-top,.focus{grid-template-columns:minmax(0,1fr)}
.layers-table{max-height:none}.large .spectra .row,.large .layers-table{content-visibility:visible}
.table{overflow:visible}
.table table{font-size:8px}.table th,.table td{height:auto;padding:1px 3px;white-space:normal;position:static!important}
.table .sure,.table thead button::after{display:none}.table thead{display:table-header-group}
.table tbody th{max-width:150px}.table td svg{max-width:64px;height:auto}
.wide{overflow:visible}.wide>.drawn{min-width:0}
tr,figure,.box,.attention li,.spectra .row{break-inside:avoid}
h2,h3,.layer-head{break-after:avoid}
.charts{grid-template-columns:1fr 1fr}.spectra .cells{flex-wrap:wrap;overflow:visible}}
`;
