/** The tokens of a page in light colours: declarations for a rule. */
export const LIGHT_TOKENS = `--paper:#fff;--panel:#f5f7f9;--sunk:#eceff3;--ink:#1a2027;--quiet:#586270;--line:#d9dee5;
--hair:#e8ecf0;
--accent:#0b5cad;--accent-wash:#e6f0fb;--good:#0f7480;--warn-wash:#fdf1ec;
--phase-random-like:#7f8f9f;--phase-bleeding-out:#0f7480;--phase-bulk-spikes:#2a33b5;--phase-bulk-decay:#bf7f0e;
--phase-heavy-tailed:#660f58;--phase-rank-collapse:#c02a0c;--phase-none:#7d8790;
--shade:0 1px 2px rgb(20 30 40/.06),0 6px 24px rgb(20 30 40/.07);
--sans:Inter,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
--mono:"JetBrains Mono",ui-monospace,"SF Mono",Menlo,Consolas,monospace;color-scheme:light`;

/** The tokens of a page in dark colours. */
export const DARK_TOKENS = `--paper:#12151a;--panel:#1a1f26;--sunk:#20262e;--ink:#e8ebef;--quiet:#a3adb9;--line:#333b46;
--hair:#262d36;--accent:#7db8ff;--accent-wash:#1a2c42;--good:#83e6ec;--warn-wash:#2b1c18;
--phase-random-like:#99a1ad;--phase-bleeding-out:#83e6ec;--phase-bulk-spikes:#5675ea;--phase-bulk-decay:#f6cf66;
--phase-heavy-tailed:#ab5893;--phase-rank-collapse:#fb5a22;--phase-none:#7f8894;
--shade:0 1px 2px rgb(0 0 0/.5),0 8px 28px rgb(0 0 0/.45);color-scheme:dark`;

/**
 * The look of the application and of the report: tokens, then one rule per component. Everything but phases is ink,
 * tint and one accent. Numbers in columns have figures of equal width.
 */
export const VIEW_STYLE = `
:root{${LIGHT_TOKENS}}
:root[data-theme=dark]{${DARK_TOKENS}}
*,*::before,*::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:14px/1.5 var(--sans);-webkit-font-smoothing:antialiased}
button,input,select{font:inherit;color:inherit}
b,strong{font-weight:600}
a{color:var(--accent);text-underline-offset:3px;text-decoration-thickness:1px}
h1,h2,h3,p,dl,dd,ul,ol,figure{margin:0;padding:0}
ul,ol{list-style:none}
h1{font-size:28px;line-height:1.2;font-weight:650;letter-spacing:-.02em;text-wrap:balance;overflow-wrap:anywhere}
h2{font-size:16px;line-height:1.3;font-weight:620}
h3{font-size:14px;font-weight:600}
td,.num{font-variant-numeric:tabular-nums}
.mono{font-family:var(--mono);font-size:.93em;font-feature-settings:"liga" 0}
.quiet{color:var(--quiet)}.small{font-size:13px}.smaller{font-size:12px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-999px}.skip:focus{left:12px;top:10px;background:var(--paper);padding:6px 12px;z-index:50}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
main{max-width:1392px;margin:0 auto;padding:22px 24px 64px}
.section{margin-top:34px}
.section>header{display:flex;flex-wrap:wrap;align-items:center;gap:6px 14px;margin-bottom:10px}
.push{margin-left:auto}
.button{display:inline-flex;align-items:center;gap:7px;border:1px solid var(--line);background:var(--paper);
border-radius:7px;padding:5px 11px;cursor:pointer;font-weight:500;white-space:nowrap;color:var(--ink);
text-decoration:none}
.button:hover{background:var(--panel)}
.button:disabled{opacity:.5;cursor:default}
.button.primary{background:var(--accent);border-color:var(--accent);color:var(--paper)}
.button.icon{padding:6px 8px}
.switch{display:inline-flex;border:1px solid var(--line);border-radius:7px;overflow:hidden;background:var(--panel)}
.switch button{border:0;background:none;padding:4px 10px;cursor:pointer;color:var(--quiet);font-size:13px;
border-right:1px solid var(--line)}
.switch button:last-child{border-right:0}
.switch button:focus-visible{outline-offset:-2px}
.switch button[aria-pressed=true]{background:var(--paper);color:var(--ink);font-weight:600;
box-shadow:inset 0 -2px 0 var(--accent)}
.chip{display:inline-flex;align-items:center;gap:6px;border:1px solid var(--line);border-radius:999px;padding:3px 10px;
background:var(--paper);cursor:pointer;font-size:13px;white-space:nowrap}
.chip[aria-pressed=true]{background:var(--accent-wash);border-color:var(--accent)}
.chip:disabled{opacity:.45;cursor:default}
.chart{display:block;width:100%;overflow:visible;font-size:12px}
.chart text{fill:var(--quiet);font-family:var(--sans);font-variant-numeric:tabular-nums}
.mark{display:inline-block;flex:none;vertical-align:-2px;overflow:visible}
.phase{white-space:nowrap}.phase .mark{margin-right:6px}
.note{font-size:13px;color:var(--quiet);max-width:78ch}
.term{border-bottom:1px dotted currentColor;cursor:help}
.message{border:1px solid var(--line);border-left:3px solid var(--accent);border-radius:9px;background:var(--panel);
padding:12px 16px;max-width:78ch}
.message.bad{border-left-color:var(--phase-rank-collapse);background:var(--warn-wash)}
.message p+p{margin-top:4px}
.file-line{display:flex;flex-wrap:wrap;align-items:baseline;gap:2px 10px;margin-bottom:4px}
.file-line .file{font-family:var(--mono);font-size:13px;font-weight:500;overflow-wrap:anywhere}
.top{display:grid;grid-template-columns:minmax(0,1fr) 372px;gap:20px 44px;align-items:start}
.headline{margin-top:18px}
.headline p{max-width:70ch;margin-top:6px;font-size:15px}
.attention{margin-top:16px;border-top:1px solid var(--line)}
.attention li{border-bottom:1px solid var(--hair)}
.link{border:0;background:none;padding:0;cursor:pointer;color:var(--accent);text-decoration:underline;
text-underline-offset:3px;text-align:left}
.attention a,.attention button{display:grid;grid-template-columns:96px minmax(0,1fr) auto;gap:4px 16px;
align-items:center;padding:10px 6px;
text-decoration:none;color:var(--ink)}
.attention button{width:100%;border:0;background:none;text-align:left;cursor:pointer}
.attention a:hover,.attention .on,.attention button:hover:enabled{background:var(--panel)}
.attention .mono{font-weight:600;overflow-wrap:anywhere}
.attention .go{color:var(--accent);font-size:13px;white-space:nowrap}
.attention .advice{color:var(--quiet);font-size:13px}
.phases h2{margin-bottom:8px}
.phases button,.phases li>span{display:grid;grid-template-columns:126px 1fr 34px;gap:10px;align-items:center;width:100%;
border:0;background:none;padding:4px 6px;border-radius:6px;text-align:left}
.phases button{cursor:pointer}
.phases button:hover{background:var(--panel)}
.phases button[aria-pressed=true]{background:var(--accent-wash)}
.phases .amount{display:block;height:10px;border-radius:2px}
.phases .count{text-align:right;font-variant-numeric:tabular-nums;font-weight:600}
.phases .none{color:var(--quiet)}
.key-numbers{display:grid;grid-template-columns:1fr auto;gap:3px 14px;margin-top:14px;padding-top:12px;
border-top:1px solid var(--line);font-size:13px}
.key-numbers dd{text-align:right;font-variant-numeric:tabular-nums;font-weight:560}
.key-numbers dt{color:var(--quiet)}
.group{border-top:1px solid var(--hair);padding:14px 0 18px}
.group h3{overflow-wrap:anywhere}
.group .key{display:flex;flex-wrap:wrap;gap:4px 20px;margin:6px 0}
.group-grids{display:flex;flex-wrap:wrap;gap:14px 56px;margin:12px 0 6px;align-items:flex-start}
.group-grids.wide{display:block}.group-grids.wide>*+*{margin-top:14px}
.group-grid{max-width:100%;overflow-x:auto;padding:2px}
.group-grid .chart{width:auto;max-width:100%;height:auto}
.wide .group-grid .chart{min-width:860px}
.group-grid figcaption{font-size:13px;color:var(--quiet)}
.outliers{columns:2 380px;column-gap:28px;margin-top:4px}
.spectra{border-top:1px solid var(--hair)}
.spectra .row{display:grid;grid-template-columns:116px minmax(0,1fr);align-items:start;
border-bottom:1px solid var(--hair);
padding:7px 0}
.spectra .block{font-size:13px;padding-top:4px;font-weight:560;overflow-wrap:anywhere}
.spectra .block small{display:block;color:var(--quiet);font-weight:400;font-size:12px}
.spectra .cells{display:flex;flex-wrap:wrap;gap:4px 6px}
.cell{position:relative;border:1px solid transparent;border-radius:6px;padding:3px 4px 1px;display:block;color:inherit;
text-decoration:none;width:118px}
.cell:hover,.cell.on{border-color:var(--accent);background:var(--panel)}
.cell.dim{opacity:.18}
.cell svg{display:block}
.cell .caption{display:flex;justify-content:space-between;font-size:12px;color:var(--quiet);gap:4px;line-height:1.35}
.cell .caption .num{white-space:nowrap}
.cell .caption b{font-weight:500;color:var(--ink);overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.cell .pending{display:block;height:40px;border:1px dashed var(--line);border-radius:4px}
.cell .flag{position:absolute;right:3px;top:2px;width:8px;height:8px;border-radius:50%;
background:var(--phase-rank-collapse);border:1.5px solid var(--paper)}
.table{border:1px solid var(--line);border-radius:10px;overflow:auto;background:var(--paper);position:relative}
.table table{border-collapse:separate;border-spacing:0;width:100%;font-size:13px}
.table th,.table td{padding:0 10px;height:34px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--hair)}
.table thead th{position:sticky;top:0;z-index:3;background:var(--panel);font-weight:560;color:var(--quiet);
border-bottom:1px solid var(--line);height:38px}
.table thead button{border:0;background:none;padding:0;cursor:pointer;font-weight:inherit;color:inherit}
.table thead th[aria-sort] button{color:var(--ink)}
.table .left{text-align:left}
.table tbody th{position:sticky;left:0;background:var(--paper);z-index:1;font-weight:500;text-align:left;
max-width:300px;
overflow:hidden;text-overflow:ellipsis}
.table thead th:first-child{left:0;z-index:4;text-align:left}
.table tbody tr:hover>*,.table tbody tr.on>*{background:var(--panel)}
.table tbody th a{color:inherit;text-decoration:none}
.table tbody th a:hover{text-decoration:underline}
.sure{display:inline-block;width:44px;height:6px;border-radius:3px;vertical-align:1px;margin-right:7px;
background:linear-gradient(var(--quiet) 0 0) 0/var(--share) 100% no-repeat var(--sunk);print-color-adjust:exact}
.layer-head{display:flex;flex-wrap:wrap;align-items:end;gap:10px 24px}
.layer-head .name .phase,.layer-head .name .quiet{font-size:16px;font-weight:500;letter-spacing:0}
.layer-head .name .phase{margin-left:12px}
.table td svg{vertical-align:middle}.glyph-place{display:inline-block;width:92px;height:18px}
.layer-top{display:grid;grid-template-columns:minmax(0,1fr) 384px;gap:24px 40px;align-items:start;margin-top:18px}
.box{border:1px solid var(--line);border-radius:12px;padding:16px 16px 12px;background:var(--paper)}
.box>header{display:flex;flex-wrap:wrap;align-items:center;gap:8px 12px;margin-bottom:8px}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:24px 32px;margin-top:18px}
.numbers{display:grid;grid-template-columns:repeat(auto-fill,minmax(220px,1fr));gap:0 28px}
.numbers>div{border-bottom:1px solid var(--hair);padding:8px 0}
.numbers dt{display:flex;justify-content:space-between;gap:10px;font-weight:500}
.numbers dt b{font-variant-numeric:tabular-nums;white-space:nowrap}
.numbers dd{color:var(--quiet);font-size:13px}
.strip{display:flex;gap:8px;overflow-x:auto;padding-bottom:4px}
.strip .cell{flex:none;border-color:var(--hair)}
.pair-line{display:grid;grid-template-columns:1fr auto 1fr;gap:10px 16px;align-items:center;
border:1px solid var(--line);
border-radius:10px;padding:8px 14px;background:var(--panel);margin-bottom:18px;overflow-wrap:anywhere}
.pair-line .right{text-align:right}
.focus svg.glyph{max-width:100%;height:auto}
.focus{display:grid;grid-template-columns:minmax(0,1fr) 320px;gap:12px 30px;align-items:start}
.checks{margin-top:14px;display:grid;gap:5px;font-size:13.5px;max-width:90ch}
.table .group th{background:var(--panel);color:var(--quiet);font-weight:560;height:32px;position:static}
.phase-shares{display:inline-flex;width:120px;height:12px;gap:1px;border-radius:3px;overflow:hidden;vertical-align:-1px}
.phase-shares i{flex:1 1 0;min-width:2px}
.correlations li{display:grid;grid-template-columns:minmax(0,1fr) 150px 44px;gap:10px;align-items:center;padding:3px 0;
font-size:13px}
.correlations b{text-align:right}
@media (max-width:980px){.top,.layer-top,.focus{grid-template-columns:minmax(0,1fr)}}
@media (max-width:720px){
main{padding:16px 14px 80px}h1{font-size:22px}.pair{grid-template-columns:minmax(0,1fr)}
.attention a,.attention button{grid-template-columns:58px minmax(0,1fr);align-items:start}
.attention .glyph{width:58px;height:auto;margin-top:4px}
.push,.switch{min-width:0;max-width:100%}.switch{overflow-x:auto}
.switch button{white-space:nowrap}.attention .go{display:none}
.spectra .row{grid-template-columns:minmax(0,1fr)}.spectra .block small{display:inline;margin-left:8px}
.spectra .cells{flex-wrap:nowrap;overflow-x:auto}.spectra .cell{flex:none;width:96px}.spectra .cell .glyph{width:86px;
height:auto}.headline p{font-size:14px}}
@media (prefers-reduced-motion:reduce){*{transition:none!important;animation:none!important}}
@media print{.button,.switch,.filters,.bar,.dock{display:none!important}main{max-width:none}
.table{overflow:visible;border:0}.section{break-inside:auto}.row,.attention li{break-inside:avoid}}
`;
