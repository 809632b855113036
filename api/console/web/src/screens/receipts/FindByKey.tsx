import { useState } from "react";
import { listRequests, type RecentRequest } from "../../api/requests";
import { listSources } from "../../api/sources";
import { to } from "../../app/address";
import { useLoad } from "../../app/useLoad";
import { Action } from "../../parts/Action";
import { Field } from "../../parts/Field";
import { RequestStatus } from "../../parts/RequestStatus";
import { timeOfDay } from "../../text/format";

const RECENT = 100;

/** Without a receipt: the recent requests of a source that have a text in their headers or body, such as
 * an idempotency key. */
export function FindByKey() {
  const page = useLoad("sources ", (signal) => listSources("", signal));
  const [typedSource, setTypedSource] = useState("");
  const [sought, setSought] = useState("");
  const [found, setFound] = useState<RecentRequest[]>();
  const sources = page.value?.sources ?? [];
  const sourceId = typedSource || sources[0]?.sourceId || "";

  const find = async () => {
    const { requests } = await listRequests(sourceId, { limit: RECENT });
    setFound(requests.filter((request) => has(request, sought.trim())));
  };

  return (
    <section aria-labelledby="by-key">
      <h2 id="by-key">Without a receipt</h2>
      <p>Looks through the last {RECENT} requests of a source for an idempotency key, or any other text.</p>
      <Field label="Source">
        {(wiring) => (
          <select {...wiring} value={sourceId} onChange={(event) => setTypedSource(event.target.value)}>
            {sources.map((source) => <option key={source.sourceId} value={source.sourceId}>{source.name}</option>)}
          </select>
        )}
      </Field>
      <Field label="Idempotency key or text">
        {(wiring) => <input {...wiring} value={sought} onChange={(event) => setSought(event.target.value)} />}
      </Field>
      <Action anybody disabled={!sourceId || sought.trim() === ""} run={find}>Look</Action>
      <div aria-live="polite">
        {found?.length === 0 && <p>None of the recent requests has it.</p>}
        <ul className="plain-list">
          {found?.map((request) => (
            <li key={request.id} className="line">
              <span>{timeOfDay(request.at)} <RequestStatus status={request.status} code={request.statusCode} /></span>
              <span className="words">{request.message}</span>
              {request.receipt && <a href={to(["find", request.receipt])}>Follow it</a>}
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function has(request: RecentRequest, text: string): boolean {
  return request.headers.some(({ value }) => value.includes(text)) || (request.body ?? "").includes(text);
}
