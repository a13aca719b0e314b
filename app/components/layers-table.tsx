import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
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
import { filtersOf } from "../state/filters.js";
import { markElements } from "../state/marked.js";
import { query, setQuery } from "../state/route.js";
import type { Shown } from "../state/shown.js";
import { onPhone } from "../state/window.js";
import { type CountedTexts, columnWidths } from "./column-widths.js";
import { LayerCards } from "./layer-cards.js";
import { onlyOnChange } from "./only-on-change.js";
import { inOwnTask } from "./own-task.js";
import { useRows } from "./use-rows.js";

const ROW_HEIGHT = 34;
/** So many rows fill the table's height. */
const FULL_ROWS = 12;

/** Changes the rows, after the press that asks for it is on the screen. */
function change(changes: Readonly<Record<string, string | null>>): void {
  setTimeout(() => setQuery(changes));
}

/** The table of all layers, on a phone a list of cards. Filters, order and columns are in the address. */
export function LayersTable({
  layers,
  shown,
  href,
}: {
  layers: readonly ViewLayer[];
  shown: Shown;
  href: (layer: ViewLayer) => string;
}): JSX.Element {
  const sort = query.value.get("sort") ?? "layer";
  const descending = query.value.get("order") === "down";
  const rows = useMemo(() => ordered(shown.layers, sort, descending), [shown, sort, descending]);
  const asked = query.value.get("columns");
  const columns = useMemo(() => chosenColumns(asked, layers), [asked, layers]);
  const none = rows.length === 0 && layers.length > 0;
  return (
    <Section
      id="layers"
      title="Layers"
      about={
        <span role="status">
          {rows.length === layers.length ? `${layers.length}, in order of depth` : `${rows.length} of ${layers.length}`}
        </span>
      }
      controls={onPhone.value ? undefined : <ColumnChooser columns={columns} />}
    >
      <Filters layers={layers} error={shown.error} />
      {onPhone.value ? (
        <LayerCards rows={rows} href={href}>
          {none && <NoMatch />}
        </LayerCards>
      ) : (
        <Rows {...{ layers, rows, columns, href, sort, descending }}>{none && <NoMatch />}</Rows>
      )}
    </Section>
  );
}

/** The rows in view and a few beyond. Scrolling draws these and nothing else. */
function Rows({
  layers,
  rows,
  columns,
  href,
  sort,
  descending,
  children,
}: {
  /** All of them: what decides the widths, so that neither scrolling nor filtering moves a column. */
  layers: readonly ViewLayer[];
  rows: readonly ViewLayer[];
  columns: readonly TableColumn[];
  href: (layer: ViewLayer) => string;
  sort: string;
  descending: boolean;
  children: JSX.Element | false;
}): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const view = useRows(box, rows.length, ROW_HEIGHT);
  const slotOf = useSlots(view.first, view.last);
  useLayoutEffect(markElements, [view.first, view.last]);
  const counted = useRef<CountedTexts>(new Map());
  const widths = useMemo(() => columnWidths(layers, columns, counted.current), [layers, columns]);
  const press = (name: string): void => {
    const same = sort === name;
    change({ sort: name === "layer" ? null : name, order: same && !descending ? "down" : null });
  };
  const heading = (name: string, title: string, about: string): JSX.Element => (
    <th
      key={name}
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
    // One height, whatever the filters leave: what is below it does not move while a filter is typed.
    <div
      class={`table layers-table${layers.length >= FULL_ROWS ? " full" : ""}`}
      ref={box}
      tabIndex={0}
      role="region"
      aria-label="Table of layers"
    >
      <table class="set" aria-rowcount={rows.length + 1}>
        <colgroup>
          {widths.map((width, k) => (
            <col key={k} style={{ width }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {heading("layer", "layer", "The layer, in order of depth.")}
            {columns.map(({ name, title, about }) => heading(name, title, about))}
          </tr>
        </thead>
        <tbody>
          <tr style={{ height: `${view.before}px` }} />
          {rows.slice(view.first, view.last).map((layer, k) => (
            <Row
              key={slotOf(view.first + k)}
              {...{ layer, columns }}
              href={href(layer)}
              row={view.first + k + 2}
              glyphs={view.isJump ? "later" : true}
            />
          ))}
          <tr style={{ height: `${view.after}px` }} />
        </tbody>
      </table>
      {children}
    </div>
  );
}

/**
 * A key for each row in view, which it keeps while it is in view. A row that enters takes the key of one that left: its
 * elements are filled anew and not made anew.
 */
function useSlots(first: number, last: number): (row: number) => number {
  const slots = useRef(new Map<number, number>());
  const made = useRef(0);
  const [kept, free] = [new Map<number, number>(), [] as number[]];
  for (const [row, slot] of slots.current)
    if (row >= first && row < last) kept.set(row, slot);
    else free.push(slot);
  for (let row = first; row < last; row++) if (!kept.has(row)) kept.set(row, free.pop() ?? made.current++);
  slots.current = kept;
  return (row) => kept.get(row) as number;
}

const Row = onlyOnChange(LayerRow);

function NoMatch(): JSX.Element {
  return (
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

/** The columns that are asked for; if none are, the usual ones, without those of names that tell no block or role. */
function chosenColumns(names: string | null, layers: readonly ViewLayer[]): readonly TableColumn[] {
  const tells = {
    block: layers.some(({ block }) => block !== ""),
    role: layers.some(({ outline: { role } }) => role !== null),
  };
  const usual = FIRST_COLUMNS.filter((name) => (name !== "block" && name !== "role") || tells[name]);
  const wanted: readonly string[] = names === null ? usual : names.split(",");
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

function Filters({ layers, error }: { layers: readonly ViewLayer[]; error: string | null }): JSX.Element {
  const filters = filtersOf(query.value);
  const { counts, blocks, roles } = useMemo(() => choicesIn(layers), [layers]);
  const field = useRef<HTMLInputElement>(null);
  // A letter is on the screen before the rows that it leaves are.
  const find = useRef(inOwnTask(() => setQuery({ find: field.current?.value || null })));
  return (
    <div class="filters">
      <input
        id="filter"
        ref={field}
        type="search"
        placeholder="name, block, phase, or alpha < 2"
        aria-label="Find layers by name, block or phase, or by a rule such as alpha < 2"
        value={filters.text}
        onInput={find.current}
      />
      {PHASE_LABELS.filter((label) => counts.has(label)).map((label) => (
        <button
          key={label}
          type="button"
          class="chip"
          aria-pressed={filters.phase === label}
          onClick={() => change({ phase: filters.phase === label ? null : label })}
        >
          <PhaseName label={label} size={12} /> <b>{counts.get(label)}</b>
        </button>
      ))}
      {roles.length > 1 && <Choice name="role" all="every role" values={roles} chosen={filters.role} />}
      {blocks.length > 1 && <Choice name="block" all="every block" values={blocks} chosen={filters.block} />}
      <button
        type="button"
        class="chip"
        aria-pressed={filters.look}
        onClick={() => change({ look: filters.look ? null : "1" })}
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

/** What there is to choose from. */
function choicesIn(layers: readonly ViewLayer[]) {
  const counts = new Map<PhaseLabel, number>();
  for (const { label } of layers) if (label !== null) counts.set(label, (counts.get(label) ?? 0) + 1);
  return {
    counts,
    blocks: [...new Set(layers.map(({ block }) => block))].filter((block) => block !== ""),
    roles: [...new Set(layers.map(({ outline }) => outline.role))].filter((role) => role !== null),
  };
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
      onChange={({ currentTarget }) => change({ [name]: currentTarget.value === "" ? null : currentTarget.value })}
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
