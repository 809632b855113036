import type { Source } from "../../api/shapes";
import { createSink } from "../../api/sinks";
import { go } from "../../app/address";
import { Action } from "../../parts/Action";

const SIGNALS = ["logs", "metrics", "traces"];

/** Telemetry has the same fields everywhere, so its columns need no event to be picked from. */
export function ReadyTelemetry({ source }: { source: Source }) {
  const { sourceId } = source;
  const create = async (signal: string) => {
    const task = await createSink(sourceId, {
      type: "table",
      name: signal,
      allowedSignals: [signal],
      table: {
        type: "keboola",
        tableId: `in.c-main.${sourceId.replaceAll("-", "_")}_${signal}`,
        mapping: { preset: `otel-${signal}` },
      },
    });
    go(["new", sourceId, task.outputs?.sinkId ?? ""]);
  };
  return (
    <>
      <p>A table for each signal, with the columns that fit it. You can make the others later.</p>
      <p className="buttons">
        {SIGNALS.map((signal) => (
          <Action key={signal} kind="main" run={() => create(signal)}>Ready-made columns for {signal}</Action>
        ))}
      </p>
    </>
  );
}
