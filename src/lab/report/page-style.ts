/** The styles that the lab's page adds to those of the report. */
export const LAB_STYLE = `
.multiples{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(340px,100%),1fr));gap:18px 22px;
margin:14px 0 4px}
.multiples figcaption{color:var(--ink)}
.multiples figcaption small{color:var(--quiet);display:block}
.table .grid td{text-align:center;padding:0 6px}
.table .grid thead th{text-align:center}
.mark-only .phase{font-size:0}
.mark-only .mark{margin:0 1px}
.table .points td small{color:var(--quiet)}
.published>*{color:var(--quiet)!important}
.section h3{margin-top:22px}
.table{margin-top:10px}
@media (max-width:560px){.table .grid td{padding:0 3px}}
`;
