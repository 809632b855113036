import type { RecentRequest, RequestSink } from "../../api/requests";
import { to } from "../../app/address";
import { EventBody } from "../../parts/EventBody";
import { Notice } from "../../parts/Notice";
import { RequestStatus } from "../../parts/RequestStatus";
import { RequestRows } from "./RequestRows";

/** Everything that is known of one request. */
export function RequestDetail({ of, sourceId }: { of: RecentRequest; sourceId: string }) {
  return (
    <div className="detail">
      {of.message && (
        <Notice kind="bad">
          <span className="words">{of.message}</span> {of.error && <code>{of.error}</code>}
        </Notice>
      )}
      <dl className="facts">
        <dt>From</dt><dd>{of.clientIp}</dd>
        <dt>Content type</dt><dd>{of.contentType || "none"}</dd>
        {of.query && <><dt>Parameters</dt><dd><code>{of.query}</code></dd></>}
        {of.receipt && (
          <>
            <dt>Receipt</dt>
            <dd><a href={to(["find", of.receipt])}><code>{of.receipt}</code></a></dd>
          </>
        )}
      </dl>
      {of.sinks.length > 0 && (
        <>
          <h3>What each sink did with it</h3>
          <ul className="plain-list">
            {of.sinks.map((sink) => <SinkOutcome key={sink.sinkId} of={sink} sourceId={sourceId} />)}
          </ul>
        </>
      )}
      <h3>Body</h3>
      {of.isBodyHidden ? (
        <p className="quiet">Only tokens of administrators see bodies.</p>
      ) : (
        <EventBody
          body={of.body}
          base64={of.bodyBase64}
          note={of.isBodyCut ? "Only the beginning of the body is kept here." : undefined}
        />
      )}
      {of.headers.length > 0 && (
        <details>
          <summary>Headers ({of.headers.length})</summary>
          <dl className="facts">
            {of.headers.map(({ name, value, isMasked }, index) => (
              <div key={index}>
                <dt>{name}</dt>
                <dd className="words">{isMasked ? <span className="quiet">secret, not kept</span> : value}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
      {of.body !== undefined && !of.isBodyCut && <RequestRows sourceId={sourceId} request={of} />}
    </div>
  );
}

function SinkOutcome({ of, sourceId }: { of: RequestSink; sourceId: string }) {
  return (
    <li>
      <a href={to(["sources", sourceId, "sinks", of.sinkId])}>{of.sinkId}</a>{" "}
      <RequestStatus status={of.status} />
      {of.problems.map(({ line, record, message }) => (
        <p key={line ?? record} className="words">
          {line === undefined ? `Record ${record}` : `Line ${line}`}: {message}
        </p>
      ))}
    </li>
  );
}
