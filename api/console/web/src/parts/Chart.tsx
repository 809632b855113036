import { useEffect, useRef, useSyncExternalStore } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { theme } from "../app/theme";

export interface Line {
  name: string;
  /** A value for each time; `null` is a gap. */
  values: (number | null)[];
  colour: "in" | "out" | "bad";
}

const HEIGHT = 180;

/** Lines over time. For who cannot see it, `summary` says the same in words. */
export function Chart({ times, lines, show, summary }: {
  /** Seconds since 1970. */
  times: number[];
  lines: Line[];
  show: (value: number) => string;
  summary: string;
}) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const dark = useSyncExternalStore(theme.subscribe, theme.isDark);
  const names = lines.map((line) => line.name).join("|");

  // The plot is made once for its lines and colours; new values are only given to it.
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = new uPlot(options(element, lines, show), [times, ...lines.map((line) => line.values)], element);
    plot.current = made;
    const watch = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [names, dark]); // new values come below

  useEffect(() => {
    plot.current?.setData([times, ...lines.map((line) => line.values)]);
  }, [times, lines]);

  return (
    <figure className="chart">
      <div ref={box} role="img" aria-label={summary} />
      <figcaption>
        {lines.map((line) => (
          <span key={line.name} className={`key key-${line.colour}`}>{line.name}</span>
        ))}
      </figcaption>
    </figure>
  );
}

function options(element: HTMLElement, lines: Line[], show: (value: number) => string): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  return {
    width: element.clientWidth || 300,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.1 : 1] } },
    axes: [
      { ...axis, size: 28, values: (_plot, seconds) => clockOf(seconds) },
      { ...axis, size: 56, values: (_plot, values) => values.map(show) },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.name,
        stroke: colour(`--chart-${line.colour}`),
        width: 2,
        points: { show: true, size: 5, filter: loneValues },
      })),
    ],
  };
}

/** Values with gaps at both sides, which no line reaches. */
function loneValues(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  const isThere = (index: number) => values[index] !== null && values[index] !== undefined;
  return Array.from(values.keys()).filter((index) =>
    isThere(index) && !isThere(index - 1) && !isThere(index + 1));
}

/** Minutes, with seconds where labels are closer than a minute. */
function clockOf(seconds: number[]): string[] {
  const isFine = seconds.some((second) => second % 60 !== 0);
  return seconds.map((second) => {
    const time = new Date(second * 1000);
    const parts = [time.getHours(), time.getMinutes(), ...(isFine ? [time.getSeconds()] : [])];
    return parts.map((part) => String(part).padStart(2, "0")).join(":");
  });
}
