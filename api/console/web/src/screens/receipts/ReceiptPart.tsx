import { findReceipt } from "../../api/others";
import type { ReceiptSink, ReceiptTrace } from "../../api/shapes";
import { to } from "../../app/address";
import { useLoad } from "../../app/useLoad";
import { Badge } from "../../parts/Badge";
import { Loading } from "../../parts/Loading";
import { Moment } from "../../parts/Moment";

const EVERY_MS = 2_000;

const STATES: Record<ReceiptSink["state"], { kind: "good" | "warn" | "bad" | "plain"; text: string }> = {
  memory: { kind: "plain", text: "accepted, not on disk yet" },
  local: { kind: "plain", text: "on the disk of this machine" },
  staging: { kind: "plain", text: "uploaded, waits for its import" },
  setAside: { kind: "warn", text: "in a file that is set aside" },
  target: { kind: "good", text: "in the table" },
  discarded: { kind: "bad", text: "discarded with its file" },
  deleted: { kind: "warn", text: "deleted for good with its source" },
  rejected: { kind: "bad", text: "no row was made" },
  lost: { kind: "bad", text: "lost: the service died before it was on disk, which the answer had not promised" },
  unknown: { kind: "warn", text: "unknown: its disk has failed" },
};

const PROMISES: Record<ReceiptTrace["ack"], string> = {
  disk: "The answer promised that the rows are on disk.",
  cache: "The answer promised that the service has the rows, not that they are on disk.",
  memory: "The answer promised only that the event was accepted.",
};

/** Where the rows of one request are, for each sink. */
export function ReceiptPart({ receipt }: { receipt: string }) {
  const trace = useLoad(`receipt ${receipt}`, (signal) => findReceipt(receipt, undefined, signal), EVERY_MS);
  return (
    <section aria-labelledby="found">
      <h2 id="found">What became of it</h2>
      <Loading of={trace}>
        {(value) => (
          <>
            <p>It arrived <Moment at={value.arrivedAt} />. {PROMISES[value.ack]}</p>
            <ul className="plain-list cards">
              {value.sinks.map((sink, index) => <li key={index} className="card"><Outcome of={sink} /></li>)}
            </ul>
            {value.sinks.length === 0 && <p>No sink made a row of it.</p>}
            <p className="quiet">{value.done ? "Nothing will change any more." : "It is on its way; this page follows it."}</p>
          </>
        )}
      </Loading>
    </section>
  );
}

function Outcome({ of }: { of: ReceiptSink }) {
  const { kind, text } = STATES[of.state];
  return (
    <>
      <h3>
        {of.sourceId && of.sinkId
          ? <a href={to(["sources", of.sourceId, "sinks", of.sinkId])}>{of.sourceId} → {of.sinkId}</a>
          : "A sink that is no more"}
      </h3>
      <p><Badge kind={kind}>{text}</Badge></p>
      {of.keptRejects && <p>Records of it are among the rejects of the sink.</p>}
      {of.refused && <p>Records of it were refused and are nowhere.</p>}
      {of.fileId && <p className="quiet">File <code>{of.fileId}</code></p>}
    </>
  );
}
