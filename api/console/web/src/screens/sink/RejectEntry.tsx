import type { Reject } from "../../api/shapes";
import type { SinkPlace } from "../../api/sinks";
import { keep } from "../../app/useKept";
import { EventBody } from "../../parts/EventBody";
import { Moment } from "../../parts/Moment";
import { Value } from "../../parts/TestedRow";
import { sampleKey } from "./sampleKey";

/** One reject: why, and what it is of. */
export function RejectEntry({ of, place, showMapping }: { of: Reject; place: SinkPlace; showMapping: () => void }) {
  return (
    <details className="reject">
      <summary>
        <Moment at={of.arrivedAt} ago /> <strong className="words">{of.message}</strong>
      </summary>
      <dl className="facts">
        <dt>Error name</dt><dd><code>{of.error}</code></dd>
        {of.column && <><dt>Column</dt><dd className="words">{of.column}</dd></>}
        {of.tableId && <><dt>Refused by</dt><dd><code>{of.tableId}</code></dd></>}
        {of.clientIp && <><dt>From</dt><dd>{of.clientIp}</dd></>}
        {of.contentType && <><dt>Content type</dt><dd className="words">{of.contentType}</dd></>}
        <dt>Kept</dt>
        <dd>{of.expiresAt ? <>until <Moment at={of.expiresAt} /></> : "until somebody retries or deletes it"}</dd>
      </dl>
      {of.tableId ? <RefusedRow of={of} /> : <Record of={of} place={place} showMapping={showMapping} />}
    </details>
  );
}

function Record({ of, place, showMapping }: { of: Reject; place: SinkPlace; showMapping: () => void }) {
  const tryIt = () => {
    keep(sampleKey(place), { body: of.body, contentType: of.contentType, clientIp: of.clientIp });
    showMapping();
  };
  return (
    <>
      <EventBody body={of.body} base64={of.bodyBase64} />
      {of.body !== undefined && <button type="button" onClick={tryIt}>Open in the mapping’s playground</button>}
    </>
  );
}

/** It was mapped, so it has values by column; mend the table, not the mapping. */
function RefusedRow({ of }: { of: Reject }) {
  const values = Object.entries({ ...of.values, ...of.valuesBase64 });
  return (
    <dl className="facts" aria-label="The row">
      {values.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="words"><Value of={value} /></dd>
        </div>
      ))}
    </dl>
  );
}
