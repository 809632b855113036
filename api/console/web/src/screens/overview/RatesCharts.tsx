import { useMemo, useState } from "react";
import { getSeries, type Series } from "../../api/service";
import { useLoad } from "../../app/useLoad";
import { Chart, type Line } from "../../parts/Chart";
import { Loading } from "../../parts/Loading";
import { rate } from "../../text/format";

const EVERY_MS = 10_000;

/** Records in and rows out, and how fast answers are, over the last hour or day. */
export function RatesCharts() {
  const [span, setSpan] = useState<"hour" | "day">("hour");
  const series = useLoad(`series ${span}`, (signal) => getSeries(span, signal), EVERY_MS);
  return (
    <section aria-labelledby="rates">
      <div className="title">
        <h2 id="rates">The last {span}</h2>
        <div role="group" aria-label="How long" className="buttons">
          {(["hour", "day"] as const).map((one) => (
            <button key={one} type="button" className="plain" aria-pressed={span === one} onClick={() => setSpan(one)}>
              {one === "hour" ? "Hour" : "Day"}
            </button>
          ))}
        </div>
      </div>
      <Loading of={series}>{(value) => <Charts of={value} />}</Loading>
    </section>
  );
}

function Charts({ of }: { of: Series }) {
  const throughput = useMemo((): Line[] => [
    { name: "Records in, a second", values: of.recordsPerSecond, colour: "in" },
    { name: "Rows into tables, a second", values: of.rowsPerSecond, colour: "out" },
    { name: "Requests refused, a second", values: of.refusedPerSecond, colour: "bad" },
  ], [of]);
  const answers = useMemo((): Line[] => [
    { name: "99 % of answers within, milliseconds", values: of.answerP99Milliseconds, colour: "in" },
  ], [of]);
  if (of.at.length < 2) {
    return <p className="quiet">There are no figures yet: the service has just started.</p>;
  }
  return (
    <div className="charts">
      <Chart times={of.at} lines={throughput} show={rate} summary={summaryOf(throughput)} />
      <Chart times={of.at} lines={answers} show={rate} summary={summaryOf(answers)} />
    </div>
  );
}

function summaryOf(lines: Line[]): string {
  return lines
    .map(({ name, values }) => {
      const known = values.filter((value) => value !== null);
      if (known.length === 0) return `${name}: no figures`;
      return `${name}: ${rate(known.at(-1)!)} now, ${rate(Math.max(...known))} at most`;
    })
    .join(". ");
}
