import type { ReactNode } from "react";
import type { Overview, TemplateFigures } from "../../api/service";
import { bytes, count, plural, rate } from "../../text/format";
import { to } from "../../app/address";

/** The figures of this moment. */
export function Figures({ rates, counts, templates }: Pick<Overview, "rates" | "counts" | "templates">) {
  const { now, hour } = rates;
  return (
    <section aria-labelledby="now">
      <h2 id="now">Now</h2>
      <dl className="figures">
        <Figure name="Records in" value={`${rate(now.recordsPerSecond)}/s`}
          more={`${bytes(now.bytesPerSecond)}/s; ${rate(hour.recordsPerSecond)}/s over the last hour`} />
        <Figure name="Rows into tables" value={`${rate(now.rowsPerSecond)}/s`}
          more={`${rate(hour.rowsPerSecond)}/s over the last hour`} />
        <Figure name="Requests refused" value={`${rate(now.refusedPerSecond)}/s`} isBad={now.refusedPerSecond > 0}
          more={`${rate(hour.refusedPerSecond)}/s over the last hour`} />
        <Figure name="99 % answered within" value={milliseconds(now.answerP99Milliseconds)}
          more={`${milliseconds(hour.answerP99Milliseconds)} over the last hour`} />
        <Figure name="Sources and sinks" value={`${count(counts.sources)} and ${count(counts.sinks)}`}
          more={`${plural(counts.disabledSinks, "sink is", "sinks are")} disabled`} />
        <Figure name="Under way" value={plural(counts.tasksRunning, "task")}
          more={<a href={to(["loads"])}>{plural(counts.loadsOpen, "load")} open, {count(counts.loadsWaiting)} waiting</a>} />
        <Figure name="Templates" value={plural(templates.workers, "process", "processes")} more={moreOf(templates)} />
      </dl>
    </section>
  );
}

/** What waits, and what has gone wrong since the start. */
function moreOf({ waiting, killed, workersLost }: TemplateFigures): string {
  const wrong = [
    killed > 0 && `${plural(killed, "evaluation")} ended by a limit`,
    workersLost > 0 && `${plural(workersLost, "process", "processes")} lost`,
  ].filter(Boolean);
  const waits = waiting > 0 ? `${plural(waiting, "evaluation")} waiting` : "nothing waits";
  return [waits, ...wrong].join("; ");
}

function Figure({ name, value, more, isBad }: {
  name: string;
  value: string;
  more: ReactNode;
  isBad?: boolean;
}) {
  return (
    <div className="figure">
      <dt>{name}</dt>
      <dd className={isBad ? "value bad" : "value"}>{value}</dd>
      <dd className="quiet">{more}</dd>
    </div>
  );
}

function milliseconds(value: number | null): string {
  if (value === null) return "–";
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}
