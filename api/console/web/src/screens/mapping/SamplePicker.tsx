import { useState } from "react";
import type { SampleEvent } from "../../api/playground";
import { listRequests, type RecentRequest } from "../../api/requests";
import type { Source } from "../../api/shapes";
import { useLoad } from "../../app/useLoad";
import { Field } from "../../parts/Field";
import { bytes, timeOfDay } from "../../text/format";
import { indented } from "../../text/indented";

/** The event that the playground works with: pasted, or one that came not long ago. */
export function SamplePicker({ source, event, setEvent, isFixed }: {
  source: Source;
  event: SampleEvent | undefined;
  setEvent: (event: SampleEvent) => void;
  isFixed?: boolean;
}) {
  const recent = useLoad(`sample ${source.sourceId}`, (signal) => listRequests(source.sourceId, { limit: 20 }, signal));
  const usable = (recent.value?.requests ?? []).filter((request) => request.body !== undefined && !request.isBodyCut);
  const [picked, setPicked] = useState("");
  return (
    <>
      {!isFixed && usable.length > 0 && (
        <Field label="Recent events">
          {(wiring) => (
            <select
              {...wiring}
              value={picked}
              onChange={(change) => {
                setPicked(change.target.value);
                const request = usable.find(({ id }) => id === change.target.value);
                if (request) setEvent(eventOf(request));
              }}
            >
              <option value="">pick one …</option>
              {usable.map((request) => (
                <option key={request.id} value={request.id}>
                  {timeOfDay(request.at)}, {request.status}, {bytes(request.bodyBytes)}: {request.body?.slice(0, 60)}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      <Field label="Body of the event" hint={isFixed ? undefined : "Type or paste JSON, or what your sender sends."}>
        {(wiring) => (
          <textarea
            {...wiring}
            rows={8}
            spellCheck={false}
            className="code-field"
            value={event?.body ?? ""}
            onChange={(change) => setEvent({ contentType: "application/json", ...event, body: change.target.value })}
          />
        )}
      </Field>
    </>
  );
}

export function eventOf(request: RecentRequest): SampleEvent {
  return {
    body: request.contentType.includes("json") ? indented(request.body ?? "") : request.body,
    contentType: request.contentType || undefined,
    query: request.query,
    clientIp: request.clientIp || undefined,
    headers: request.headers.filter(({ isMasked }) => !isMasked).map(({ name, value }) => ({ name, value })),
  };
}
