import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import {
  FIRST_COLUMNS,
  LayerRow,
  PHASE_LABELS,
  type PhaseLabel,
  PhaseName,
  Section,
  sortValue,
  TABLE_COLUMNS,
  type TableColumn,
  type ViewLayer,
} from "#eigenscope/report/view/index.js";
import { filtersOf, matching } from "../state/filters.js";
import { query, setQuery } from "../state/route.js";
import { marked } from "../state/view-model.js";
import { useRows } from "./use-rows.js";

const ROW_HEIGHT = 34;

/** The table of all layers: only the rows in view are in the document. Filters and order are in the address. */
export function LayersTable({
  layers,
  href,
}: {
  layers: readonly ViewLayer[];
  href: (layer: ViewLayer) => string;
}): JSX.Element {
  const filters = filtersOf(query.value);
  const { layers: found, error } = matching(layers, filters);
  const sort = query.value.get("sort") ?? "layer";
  const descending = query.value.get("order") === "down";
  const rows = useMemo(() => ordered(found, sort, descending), [found, sort, descending]);
  const columns = chosenColumns(query.value.get("columns"));
  const box = useRef<HTMLDivElement>(null);
  const view = useRows(box, rows.length, ROW_HEIGHT);
  const press = (name: string): void => {
    const same = sort === name;
    setQuery({ sort: name === "layer" ? null : name, order: same && !descending ? "down" : null });
  };
  const heading = (name: string, title: string, about: string): JSX.Element => (
    <th
      scope="col"
      title={about}
      {...(sort === name && { "aria-sort": descending ? ("descending" as const) : ("ascending" as const) })}
      class={columns.find((column) => column.name === name)?.align === "left" ? "left" : ""}
    >
      <button type="button" onClick={() => press(name)}>
        {title}
        {sort === name && (descending ? " ↓" : " ↑")}
      </button>
    </th>
  );
  return (
    <Section
      id="layers"
      title="Layers"
      about={
        <span role="status">
          {rows.length === layers.length ? `${layers.length}, in order of depth` : `${rows.length} of ${layers.length}`}
        </span>
      }
      controls={<ColumnChooser columns={columns} />}
    >
      <Filters layers={layers} filters={filters} error={error} />
      <div class="table layers-table" ref={box} tabIndex={0} role="region" aria-labelledby="layers">
        <table aria-rowcount={rows.length + 1}>
          <thead>
            <tr>
              {heading("layer", "layer", "The layer, in order of depth.")}
              {columns.map(({ name, title, about }) => heading(name, title, about))}
            </tr>
          </thead>
          <tbody
            onPointerOver={({ target }) => {
              const row = (target as Element).closest<HTMLElement>("[data-layer]");
              marked.value = row === null ? null : Number(row.dataset.layer);
            }}
          >
            <tr style={{ height: `${view.before}px` }} />
            {rows.slice(view.first, view.last).map((layer, k) => (
              <LayerRow key={layer.index} layer={layer} columns={columns} href={href(layer)} row={view.first + k + 2} />
            ))}
            <tr style={{ height: `${view.after}px` }} />
          </tbody>
        </table>
        {rows.length === 0 && layers.length > 0 && (
          <p class="quiet" style="padding:30px;text-align:center">
            No layer matches.{" "}
            <button
              type="button"
              class="button"
              onClick={() => setQuery({ find: null, phase: null, block: null, role: null, look: null })}
            >
              Clear the filters
            </button>
          </p>
        )}
      </div>
    </Section>
  );
}

function ordered(layers: readonly ViewLayer[], column: string, descending: boolean): readonly ViewLayer[] {
  const sign = descending ? -1 : 1;
  const keyed = layers.map((layer) => ({ layer, key: sortValue(layer, column) }));
  // Layers without a value come last in both orders.
  keyed.sort(({ key: a, layer: { index: i } }, { key: b, layer: { index: j } }) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null) || i - j;
    return (a < b ? -sign : a > b ? sign : 0) || i - j;
  });
  return keyed.map(({ layer }) => layer);
}

function chosenColumns(names: string | null): readonly TableColumn[] {
  const wanted: readonly string[] = names === null ? FIRST_COLUMNS : names.split(",");
  return wanted.flatMap((name) => TABLE_COLUMNS.find((column) => column.name === name) ?? []);
}

function ColumnChooser({ columns }: { columns: readonly TableColumn[] }): JSX.Element {
  const [open, setOpen] = useState(false);
  const names: readonly string[] = columns.map(({ name }) => name);
  const toggle = (name: string): void => {
    const next = names.includes(name) ? names.filter((one) => one !== name) : [...names, name];
    setQuery({ columns: next.join(",") });
  };
  return (
    <>
      <button type="button" class="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        Columns
      </button>
      {open && (
        <fieldset class="numbers" style="border:1px solid var(--line);border-radius:10px;margin-top:8px">
          <legend class="small">Columns of the table</legend>
          {TABLE_COLUMNS.map(({ name, title, about }) => (
            <label key={name} class="small" title={about}>
              <input type="checkbox" checked={names.includes(name)} onChange={() => toggle(name)} /> {title}
            </label>
          ))}
        </fieldset>
      )}
    </>
  );
}

function Filters({
  layers,
  filters,
  error,
}: {
  layers: readonly ViewLayer[];
  filters: ReturnType<typeof filtersOf>;
  error: string | null;
}): JSX.Element {
  const count = (label: PhaseLabel): number => layers.filter((layer) => layer.label === label).length;
  const blocks = [...new Set(layers.map(({ block }) => block))].filter((block) => block !== "");
  const roles = [...new Set(layers.map(({ outline }) => outline.role))].filter((role) => role !== null);
  return (
    <div class="filters">
      <input
        id="filter"
        type="search"
        placeholder="name, block, phase, or alpha < 2"
        aria-label="Find layers by name, block or phase, or by a rule such as alpha < 2"
        value={filters.text}
        onInput={({ currentTarget }) => setQuery({ find: currentTarget.value === "" ? null : currentTarget.value })}
      />
      {PHASE_LABELS.filter((label) => count(label) > 0).map((label) => (
        <button
          key={label}
          type="button"
          class="chip"
          aria-pressed={filters.phase === label}
          onClick={() => setQuery({ phase: filters.phase === label ? null : label })}
        >
          <PhaseName label={label} size={12} /> <b>{count(label)}</b>
        </button>
      ))}
      {roles.length > 1 && <Choice name="role" all="every role" values={roles} chosen={filters.role} />}
      {blocks.length > 1 && <Choice name="block" all="every block" values={blocks} chosen={filters.block} />}
      <button
        type="button"
        class="chip"
        aria-pressed={filters.look}
        onClick={() => setQuery({ look: filters.look ? null : "1" })}
      >
        worth a look
      </button>
      {error !== null && (
        <span class="error" role="alert">
          {error}
        </span>
      )}
    </div>
  );
}

function Choice({
  name,
  all,
  values,
  chosen,
}: {
  name: string;
  all: string;
  values: readonly string[];
  chosen: string | null;
}): JSX.Element {
  return (
    <select
      aria-label={`Filter by ${name}`}
      value={chosen ?? ""}
      onChange={({ currentTarget }) => setQuery({ [name]: currentTarget.value === "" ? null : currentTarget.value })}
    >
      <option value="">{all}</option>
      {values.map((value) => (
        <option key={value} value={value}>
          {value}
        </option>
      ))}
    </select>
  );
}
