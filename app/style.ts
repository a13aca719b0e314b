/** The rules of what only the application has: its bar, the place to drop files, the dialogs. */
export const APP_STYLE = `
.bar{position:sticky;top:0;z-index:20;display:flex;align-items:center;gap:4px 18px;height:52px;padding:0 24px;
background:color-mix(in srgb,var(--paper) 92%,transparent);backdrop-filter:blur(10px);
border-bottom:1px solid var(--line)}
.brand{display:flex;align-items:center;gap:9px;font-weight:650;color:var(--ink);text-decoration:none}
.brand svg{display:block;color:var(--accent)}
.tabs{display:flex;gap:2px;margin-left:4px}
.tabs a{padding:5px 11px;border-radius:6px;color:var(--quiet);text-decoration:none;font-weight:500}
.tabs a:hover{background:var(--panel);color:var(--ink)}
.tabs a[aria-current]{background:var(--sunk);color:var(--ink)}
.find{display:flex;align-items:center;gap:8px;border:1px solid var(--line);background:var(--panel);border-radius:7px;
padding:4px 8px 4px 10px;color:var(--quiet);min-width:210px;cursor:pointer}
.find kbd{margin-left:auto}
kbd{font:11px/1 var(--mono);border:1px solid var(--line);border-bottom-width:2px;border-radius:4px;padding:2px 5px;
background:var(--paper);color:var(--quiet)}
.start{max-width:1120px;padding-top:44px}
.hero{display:grid;grid-template-columns:minmax(0,1fr) 320px;gap:28px 56px;align-items:start}
.start h1{font-size:34px;letter-spacing:-.028em}
.start .sub{font-size:16px;color:var(--quiet);max-width:60ch;margin:10px 0 22px}
.drop{border:2px dashed color-mix(in srgb,var(--accent) 45%,var(--line));border-radius:16px;
background:linear-gradient(var(--panel),var(--paper));padding:30px 30px 24px;text-align:center}
.drop.over{border-color:var(--accent);background:var(--accent-wash)}
.drop h2{font-size:19px}
.drop svg{color:var(--accent);display:block;margin:0 auto 8px}
.drop .choices{display:flex;gap:8px;justify-content:center;margin:14px 0 0;flex-wrap:wrap}
.drop .button,.hub .button{padding:8px 16px}
.hub{display:flex;gap:8px;margin-top:14px}
.hub label{display:flex;flex:1;align-items:center;gap:10px;border:1px solid var(--line);border-radius:9px;
padding:0 12px;
min-width:0}
.hub label:focus-within{outline:2px solid var(--accent)}
.hub input{flex:1;border:0;outline:0;background:none;padding:10px 0;min-width:0;font-family:var(--mono);font-size:13px}
.privacy{display:flex;gap:10px;align-items:flex-start;margin-top:16px;font-size:13.5px;color:var(--quiet);
max-width:70ch}
.privacy svg{flex:none;margin-top:2px;color:var(--good)}
.privacy b{color:var(--ink)}
.recent h2{margin-bottom:8px}
.recent li a{display:grid;gap:5px;padding:10px 8px;border-top:1px solid var(--hair);text-decoration:none;color:inherit;
border-radius:6px}
.recent li a:hover{background:var(--panel)}
.recent b{font-weight:560;overflow-wrap:anywhere}
.phase-strip{display:flex;height:8px;gap:1px}
.phase-strip i{flex:1;min-width:0}
.between{display:flex;justify-content:space-between;gap:8px;font-size:12.5px;color:var(--quiet)}
.examples{display:grid;grid-template-columns:repeat(auto-fill,minmax(220px,1fr));gap:14px}
.examples button{text-align:left;background:none;cursor:pointer;border:1px solid var(--line);border-radius:12px;
padding:12px 14px;text-decoration:none;color:inherit;
display:block}
.examples button:hover{border-color:var(--accent);background:var(--panel)}
.examples b{display:block}
.tells{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:20px 36px;border-top:1px solid var(--line);
padding-top:20px}
.tells p{color:var(--quiet);font-size:13.5px;margin-top:3px}
pre{margin:6px 0 0;font:12.5px/1.6 var(--mono);background:var(--panel);border-radius:8px;padding:8px 12px;
overflow-x:auto}
.progress{display:flex;align-items:center;gap:12px;margin:14px 0 0;padding:8px 12px;border:1px solid var(--line);
border-radius:9px;background:var(--panel);font-size:13px}
.progress .track{flex:1;height:6px;border-radius:3px;background:var(--line);overflow:hidden;min-width:60px}
.progress .track i{display:block;height:100%;background:var(--accent)}
.filters{display:flex;flex-wrap:wrap;gap:6px 8px;align-items:center;margin-bottom:10px}
.filters input,.filters select{border:1px solid var(--line);border-radius:7px;padding:4px 9px;background:var(--paper);
font-size:13px}
.filters input{width:250px}
.filters .error{color:var(--phase-rank-collapse);font-size:13px}
.layers-table{max-height:430px;contain:content}.layers-table.full{height:430px;contain:strict}
.layers-table .set{table-layout:fixed}
.set td.left{overflow:hidden;text-overflow:ellipsis}.table .set td,.table .set th{padding:0 7px}
.fold,.spectra .row,.chart-box{contain:layout style}
.chart-box,.spectra{isolation:isolate}
.cards{max-height:75vh;overflow-y:auto;border-top:1px solid var(--hair)}
.cards .card{display:grid;grid-template-columns:72px minmax(0,1fr) auto;gap:0 12px;align-items:center;padding:0 2px;
height:72px;border-bottom:1px solid var(--hair);color:inherit;text-decoration:none}
.cards .what{display:grid;line-height:1.3}.cards .what>*{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.card[data-marked],.table tbody tr[data-marked]>*{background:var(--accent-wash)}
.cell[data-marked]{border-color:var(--accent);background:var(--accent-wash)}
.attention a[data-marked]{background:var(--panel)}
.spectra.folded{display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:2px 12px;padding-top:8px}
.fold{position:relative;border:1px solid transparent;border-radius:6px;content-visibility:auto;
contain-intrinsic-size:auto 38px}
.fold.open{grid-column:1/-1;border-color:var(--line)}
/* A veil, which is always there: each group with an opacity would be a layer, and a new element a new layout. */
.fold::after{content:"";position:absolute;inset:0;pointer-events:none}
.fold.dim::after{background:color-mix(in srgb,var(--paper) 70%,transparent)}
.fold[data-marked]{border-color:var(--accent);background:var(--accent-wash)}
.fold>button{display:block;width:100%;border:0;background:none;cursor:pointer;text-align:left;padding:3px 4px}
.fold>button:hover{background:var(--panel)}.fold .between{font-size:12px}
.fold .between b{color:var(--ink);overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.fold .between span{white-space:nowrap}.fold .row{padding:7px 4px;border:0}
.stripes{display:block;height:12px;border-radius:2px}
.marked-line,.reading-point{position:absolute;left:0;pointer-events:none;will-change:transform}
.marked-line{top:21px;bottom:44px;width:0;border-left:1.5px solid var(--accent)}
.tip{position:fixed;z-index:40;pointer-events:none;width:310px;background:var(--paper);border:1px solid var(--line);
box-shadow:var(--shade);border-radius:8px;padding:8px 11px;font-size:12.5px;overflow-wrap:anywhere}
.tip svg{display:block;margin:4px 0}
.toast{position:fixed;left:50%;bottom:18px;transform:translateX(-50%);background:var(--ink);color:var(--paper);
padding:7px 14px;border-radius:8px;font-size:13px;z-index:60}
dialog{border:1px solid var(--line);border-radius:12px;background:var(--paper);color:var(--ink);padding:18px 20px;
max-width:min(560px,92vw);box-shadow:var(--shade)}
dialog::backdrop{background:rgb(10 14 20/.35)}
.menu{display:grid;gap:2px}
.menu button,.menu a{display:block;width:100%;text-align:left;border:0;background:none;border-radius:6px;
padding:7px 10px;
cursor:pointer;color:var(--ink);text-decoration:none}
.menu button:hover,.menu a:hover,.menu .on{background:var(--panel)}
.chart-box{position:relative;touch-action:pan-y;border-radius:6px;cursor:crosshair}
.chart-box.drags{cursor:ew-resize;touch-action:none}
.chart-box svg{display:block;max-width:100%;height:auto;user-select:none}
.reading{position:absolute;pointer-events:none;background:var(--paper);border:1px solid var(--line);border-radius:7px;
box-shadow:var(--shade);padding:2px 8px;font-size:12.5px;white-space:nowrap;margin-left:10px;z-index:5}
.reading.before{transform:translateX(-100%);margin-left:-10px}
.reading-point{top:0;width:9px;height:9px;margin:-4.5px 0 0 -4.5px;border-radius:50%;
border:2px solid var(--accent);background:var(--paper)}
.zoom-area{position:absolute;top:0;bottom:0;background:var(--accent);opacity:.14;pointer-events:none}
.export{position:relative;display:inline-block}
.export .menu{position:absolute;right:0;top:calc(100% + 6px);z-index:30;min-width:230px;background:var(--paper);
border:1px solid var(--line);border-radius:10px;box-shadow:var(--shade);padding:6px}
.top.calm{grid-template-columns:minmax(0,1fr)}
.top.calm aside{display:grid;grid-template-columns:repeat(auto-fit,minmax(260px,1fr));gap:12px 44px;align-items:start}
.top.calm aside>*{margin-top:0;padding-top:0;border-top:0}
.strip .cell{width:auto;min-width:118px}.strip .caption{gap:12px}
.controls{display:flex;flex-wrap:wrap;gap:8px;align-items:center}
.next{margin-top:18px;padding-top:14px;border-top:1px solid var(--line)}
.next a{display:block;padding:5px 0;font-weight:500;text-decoration:none}
.next span{display:block;color:var(--quiet);font-weight:400;font-size:13px}
.reason{max-width:70ch;font-size:15px;margin-top:6px}
.alarm{border-top:1px solid var(--hair);padding:8px 0}
.alarm .icon{float:right;padding:0 8px}
button.skip{border:1px solid var(--line);border-radius:6px}
.only-phone{display:none}
.dock{display:none}
@media (max-width:860px){.hero{grid-template-columns:minmax(0,1fr)}.tells{grid-template-columns:minmax(0,1fr)}}
@media (max-width:720px){
.bar{padding:0 14px;gap:8px}.bar .tabs,.bar .find,.bar .wide{display:none}.only-phone{display:inline-flex}
.start h1{font-size:25px}.start{padding-top:20px}.drop{padding:22px 14px}
.button,.switch button,.chip{min-height:36px}
.filters{flex-wrap:nowrap;overflow-x:auto}.filters>*{flex:none}
.dock{position:fixed;z-index:25;left:0;right:0;bottom:0;display:flex;background:var(--paper);
border-top:1px solid var(--line);padding:5px 6px calc(5px + env(safe-area-inset-bottom))}
.dock a{flex:1;text-align:center;padding:8px 0;font-size:12px;color:var(--quiet);text-decoration:none;border-radius:7px}
.dock a[aria-current]{background:var(--sunk);color:var(--ink);font-weight:600}}
`;
