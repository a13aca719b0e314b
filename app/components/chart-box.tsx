import type { JSX, TargetedKeyboardEvent, TargetedPointerEvent } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { at, type Chart, invert, type SeriesPoint } from "#eigenscope/report/view/index.js";

/** A range of an axis, in its own numbers. */
export type Range = readonly [from: number, to: number];

export interface ChartBoxProps {
  /** What the chart is called, for a screen reader: "Spectrum". */
  readonly name: string;
  /** Draws the chart at a width in pixels. A new function draws anew. */
  readonly draw: (width: number) => Chart | null;
  /** The reader chose a part of the horizontal axis, or all of it (null). */
  readonly onZoom?: (range: Range | null) => void;
  /** The reader drags along the horizontal axis: the value there. In place of zooming. */
  readonly onDrag?: (x: number) => void;
  /** The reader chose the point under the pointer or the keys: Enter, or a click. */
  readonly onOpen?: (point: SeriesPoint) => void;
  /** A value of the horizontal axis that is marked by a line; null: none. It may read signals. */
  readonly markAt?: () => number | null;
  /** The point that is read changes. null: none. */
  readonly onRead?: (point: SeriesPoint | null) => void;
}

/** Shorter drags are clicks. */
const MIN_DRAG_PX = 6;
/** A key zooms so much. */
const ZOOM_STEP = 0.6;

/**
 * A chart that can be read: the pointer and the arrow keys go from value to value and say it; dragging zooms, or moves
 * what the caller wants.
 */
export function ChartBox({ name, draw, onZoom, onDrag, onOpen, onRead, markAt }: ChartBoxProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const chart = useMemo(() => (width === 0 ? null : draw(width)), [draw, width]);
  // The same object as long as the chart is the same: the drawing is not parsed again when a point is read.
  const drawing = useMemo(() => ({ __html: chart?.svg ?? "" }), [chart]);
  const [reading, setReading] = useState<{ series: number; index: number } | null>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const series = useMemo(() => chart?.series.filter(({ points }) => points.length > 0) ?? [], [chart]);
  const places = useMemo(() => (chart === null ? [] : series.map(({ points }) => placesOf(points, chart))), [chart]);
  const point = reading === null ? undefined : series[reading.series]?.points[reading.index];

  const read = (next: { series: number; index: number } | null): void => {
    if (next?.series === reading?.series && next?.index === reading?.index) return;
    setReading(next);
    onRead?.(next === null ? null : (series[next.series]?.points[next.index] ?? null));
  };
  const pixel = (event: PointerEvent | MouseEvent): [number, number] => {
    const { left, top, width: shown } = (box.current as HTMLElement).getBoundingClientRect();
    const scale = shown === 0 ? 1 : width / shown;
    return [(event.clientX - left) * scale, (event.clientY - top) * scale];
  };
  const nearest = ([x, y]: [number, number]): { series: number; index: number } | null => {
    let best: { series: number; index: number } | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const [k, at] of places.entries()) {
      for (let index = 0; index < at.x.length; index++) {
        const dx = at.x[index] - x;
        const dy = at.y[index] - y;
        // Across counts more than up and down: a bar is read anywhere above its place.
        const distance = dx * dx + 0.04 * dy * dy;
        if (distance >= least || !Number.isFinite(distance)) continue;
        least = distance;
        best = { series: k, index };
      }
    }
    return best;
  };

  const onPointerMove = (event: TargetedPointerEvent<HTMLDivElement>): void => {
    const [x, y] = pixel(event);
    if (drag !== null) {
      setDrag({ ...drag, to: x });
      if (onDrag !== undefined && chart !== null) onDrag(invert(chart.scales.x, x));
      return;
    }
    read(nearest([x, y]));
  };
  const onPointerDown = (event: TargetedPointerEvent<HTMLDivElement>): void => {
    if (event.button !== 0 || (onZoom === undefined && onDrag === undefined)) return;
    const [x] = pixel(event);
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ from: x, to: x });
    if (onDrag !== undefined && chart !== null) onDrag(invert(chart.scales.x, x));
  };
  const onPointerUp = (): void => {
    if (drag !== null && onZoom !== undefined && onDrag === undefined && chart !== null) {
      const [from, to] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
      if (to - from > MIN_DRAG_PX) onZoom([invert(chart.scales.x, from), invert(chart.scales.x, to)]);
      else if (point !== undefined) onOpen?.(point);
    } else if (point !== undefined && onDrag === undefined) onOpen?.(point);
    setDrag(null);
  };

  const zoomBy = (factor: number): void => {
    if (chart === null || onZoom === undefined) return;
    const [left, right] = chart.scales.x.range;
    const centre = point === undefined ? (left + right) / 2 : at(chart.scales.x, point.x);
    onZoom([
      invert(chart.scales.x, centre - (centre - left) * factor),
      invert(chart.scales.x, centre + (right - centre) * factor),
    ]);
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLDivElement>): void => {
    const { series: k, index } = reading ?? { series: 0, index: -1 };
    const points = series[k]?.points ?? [];
    const moves: Readonly<Record<string, () => void>> = {
      ArrowRight: () => read({ series: k, index: Math.min(points.length - 1, index + 1) }),
      ArrowLeft: () => read({ series: k, index: Math.max(0, index - 1) }),
      Home: () => read({ series: k, index: 0 }),
      End: () => read({ series: k, index: points.length - 1 }),
      ArrowUp: () => read({ series: Math.max(0, k - 1), index: 0 }),
      ArrowDown: () => read({ series: Math.min(series.length - 1, k + 1), index: 0 }),
      ...(onOpen && { Enter: () => point !== undefined && onOpen(point) }),
      ...(onZoom && { "+": () => zoomBy(ZOOM_STEP), "-": () => zoomBy(1 / ZOOM_STEP), "0": () => onZoom(null) }),
    };
    const move = moves[event.key];
    if (move === undefined || points.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    move();
    if (onDrag !== undefined && event.key.startsWith("Arrow")) {
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      const next = points[Math.max(0, Math.min(points.length - 1, index + step))];
      if (next !== undefined) onDrag(next.x);
    }
  };

  const place =
    chart !== null && point !== undefined
      ? ([at(chart.scales.x, point.x), at(chart.scales.y, point.y)] as const)
      : null;
  const keys = `arrow keys read the values${onZoom === undefined ? "" : ", + and - zoom, 0 shows all"}`;
  return (
    <div
      ref={box}
      class={`chart-box${onDrag !== undefined ? " drags" : ""}`}
      tabIndex={0}
      role="group"
      aria-label={`${name}: ${keys}`}
      {...{ onPointerMove, onPointerDown, onPointerUp, onKeyDown }}
      onPointerLeave={() => drag === null && read(null)}
      onBlur={() => read(null)}
      onDblClick={() => onZoom?.(null)}
    >
      <div dangerouslySetInnerHTML={drawing} />
      {markAt !== undefined && chart !== null && <Mark chart={chart} value={markAt} />}
      {drag !== null && onDrag === undefined && Math.abs(drag.to - drag.from) > MIN_DRAG_PX && (
        <i
          class="zoom-area"
          style={{ left: `${Math.min(drag.from, drag.to)}px`, width: `${Math.abs(drag.to - drag.from)}px` }}
        />
      )}
      {place !== null && <i class="reading-point" style={{ transform: `translate(${place[0]}px,${place[1]}px)` }} />}
      {place !== null && point !== undefined && (
        <span
          class={`reading${place[0] > width / 2 ? " before" : ""}`}
          style={{ left: `${place[0]}px`, top: `${Math.max(0, place[1] - 34)}px` }}
        >
          {point.label}
        </span>
      )}
      <span class="hidden" role="status">
        {point?.label ?? ""}
      </span>
    </div>
  );
}

/** Where points are, in pixels: asked at every move of the pointer, so computed once. */
function placesOf(points: readonly SeriesPoint[], { scales }: Chart): { x: Float64Array; y: Float64Array } {
  return {
    x: Float64Array.from(points, ({ x }) => at(scales.x, x)),
    y: Float64Array.from(points, ({ y }) => at(scales.y, y)),
  };
}

/** The line at the marked value. A component of its own: a mark that moves draws nothing else. */
function Mark({ chart, value }: { chart: Chart; value: () => number | null }): JSX.Element | null {
  const x = value();
  return x === null ? null : <i class="marked-line" style={{ transform: `translateX(${at(chart.scales.x, x)}px)` }} />;
}

/** The width of an element in pixels; 0 before it is known. */
export function useWidth(element: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => setWidth(element.current?.clientWidth ?? 0), []);
  useEffect(() => {
    const observer = new ResizeObserver(() => setWidth(element.current?.clientWidth ?? 0));
    if (element.current !== null) observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return width;
}
