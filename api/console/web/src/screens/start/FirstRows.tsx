import { useEffect, useRef, useState } from "react";
import type { Source } from "../../api/shapes";
import { flush, getLedger, getSink, listRows, type SinkPlace } from "../../api/sinks";
import { to } from "../../app/address";
import { useLoad } from "../../app/useLoad";
import { useMayChange } from "../../app/SessionContext";
import { Action } from "../../parts/Action";
import { Failure } from "../../parts/Failure";
import { Loading } from "../../parts/Loading";
import { Notice } from "../../parts/Notice";
import { SendPart } from "../../parts/SendPart";
import { plural } from "../../text/format";
import { Preview } from "../sink/RowsPart";

const EVERY_MS = 1_000;

/** Step 3: events become rows. The first ones are brought in at once, so that nobody waits for a minute. */
export function FirstRows({ source, sinkId }: { source: Source; sinkId: string }) {
  const place = { sourceId: source.sourceId, sinkId };
  const sink = useLoad(`new sink ${place.sourceId} ${sinkId}`, (signal) => getSink(place, signal));
  const ledger = useLoad(`new ledger ${place.sourceId} ${sinkId}`, (signal) => getLedger(place, signal), EVERY_MS);
  const accepted = ledger.value?.accepted ?? 0;
  return (
    <>
      <Notice kind="good">
        The table <code>{sink.value?.table.tableId}</code> is there. Events that come from now on become its rows.
      </Notice>
      <Failure of={ledger.failure} />
      {accepted === 0 ? (
        <>
          <p className="waiting" role="status">Waiting for an event … What you sent before the table was there is in no table; send it again.</p>
          <SendPart source={source} />
        </>
      ) : (
        <Loading of={sink}>
          {({ table }) => <Arrived place={place} tableId={table.tableId} target={table.target} accepted={accepted} />}
        </Loading>
      )}
    </>
  );
}

function Arrived({ place, tableId, target, accepted }: {
  place: SinkPlace;
  tableId: string;
  target?: string;
  accepted: number;
}) {
  const mayChange = useMayChange();
  const hasBegun = useRef(false);
  const [failure, setFailure] = useState<unknown>();
  const [isIn, setIn] = useState(false);
  const rows = useLoad(
    `new rows ${tableId} ${accepted} ${isIn}`, (signal) => listRows(tableId, { limit: 20, target }, signal));

  useEffect(() => {
    if (hasBegun.current || !mayChange) return;
    hasBegun.current = true;
    flush(place).then(() => setIn(true), setFailure);
  }, [mayChange]);

  return (
    <>
      <p role="status">{plural(accepted, "event")} accepted{isIn ? " and in the table." : "; on the way into the table …"}</p>
      <Failure of={failure} />
      <Loading of={rows}>{(value) => value.rows.length > 0 ? <Preview of={value} /> : null}</Loading>
      <div className="buttons">
        <Action run={() => flush(place).then(rows.reload)}>Bring newer rows in now</Action>
        <a className="button main" href={to(["sources", place.sourceId, "sinks", place.sinkId])}>Done: go to the sink</a>
        <a className="button" href={to([])}>Overview</a>
      </div>
    </>
  );
}
