/** The styles that the lab's page adds to those of the report. */
export const LAB_STYLE = `
.multiples { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(340px, 100%), 1fr));
  gap: 18px 22px; margin: 14px 0 4px; }
.multiples figcaption { color: var(--ink); }
.multiples figcaption small { color: var(--quiet); display: block; }
.grid td { text-align: center; padding: 4px 6px; }
.mark-only .phase { font-size: 0; }
.mark-only .mark { margin: 0 1px; }
.grid th { font-weight: 500; }
.grid thead th:not(.left) { text-align: center; }
.points { font-size: .85rem; }
.points th, .points td { padding: 5px 6px; }
.points thead .cell { padding: 8px 0; white-space: normal; }
.points td small { color: var(--quiet); font-size: .9em; }
.points tbody th { min-width: 0; white-space: nowrap; }
.points td.left .phase { white-space: nowrap; }
.published { color: var(--quiet); }
section h3 { margin-top: 26px; }
@media (max-width: 560px) { .points tbody th, .grid tbody th { min-width: 0; } }
`;
