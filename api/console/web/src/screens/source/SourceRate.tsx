import { useRef } from "react";
import { getLedger, listSinks } from "../../api/sinks";
import { useLoad } from "../../app/useLoad";
import { plural, rate } from "../../text/format";

const EVERY_MS = 5_000;

interface Reading {
  records: number;
  at: number;
}

/** How many records come now. A sink sees all records of its source, so one that is enabled tells it. */
export function SourceRate({ sourceId }: { sourceId: string }) {
  const before = useRef<Reading>(undefined);
  const reading = useLoad(`rate ${sourceId}`, async (signal) => {
    const sinks = await listSinks(sourceId, signal);
    const sink = sinks.find(({ disabled }) => !disabled);
    if (!sink) return undefined;
    const { sinceStart } = await getLedger({ sourceId, sinkId: sink.sinkId }, signal);
    const now: Reading = { records: sinceStart.received, at: Date.now() };
    const last = before.current;
    before.current = now;
    return { total: now.records, perSecond: last && now.records >= last.records ? ratio(last, now) : undefined };
  }, EVERY_MS);
  if (!reading.value) return null;
  const { total, perSecond } = reading.value;
  return (
    <p>
      {perSecond !== undefined && <><strong>{rate(perSecond)}</strong> records a second now, </>}
      {plural(total, "record")} since the service started.
    </p>
  );
}

function ratio(last: Reading, now: Reading): number {
  return ((now.records - last.records) * 1000) / Math.max(1, now.at - last.at);
}
