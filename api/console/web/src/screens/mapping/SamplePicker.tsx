import { useState } from "react";
import type { SampleEvent } from "../../api/playground";
import type { RecentRequest } from "../../api/requests";
import { Field } from "../../parts/Field";
import { bytes, timeOfDay } from "../../text/format";
import { CUT_BODY, eventOf, isCutSample, isSample } from "../../text/samples";

/** The event that the playground works with: pasted, or one that came not long ago. */
export function SamplePicker({ requests, event, setEvent }: {
  /** Newest first, as they come. */
  requests: RecentRequest[];
  event: SampleEvent | undefined;
  setEvent: (event: SampleEvent) => void;
}) {
  const [picked, setPicked] = useState("");
  const shown = requests.filter((request) => isSample(request) || isCutSample(request));
  const newest = shown[0];
  const isNewestCut = newest !== undefined && isCutSample(newest);
  return (
    <>
      {shown.some(isSample) && (
        <Field label="Recent events">
          {(wiring) => (
            <select
              {...wiring}
              value={picked}
              onChange={(change) => {
                setPicked(change.target.value);
                const request = shown.find(({ id }) => id === change.target.value);
                if (request) setEvent(eventOf(request));
              }}
            >
              <option value="">pick one …</option>
              {shown.map((request) => <Choice key={request.id} of={request} />)}
            </select>
          )}
        </Field>
      )}
      {isNewestCut && (
        <p className="hint">The event of {timeOfDay(newest.at)} has {bytes(newest.bodyBytes)}. {CUT_BODY}</p>
      )}
      <Field label="Body of the event" hint="Type or paste JSON, or what your sender sends.">
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

function Choice({ of }: { of: RecentRequest }) {
  const size = bytes(of.bodyBytes);
  if (isCutSample(of)) return <option disabled>{timeOfDay(of.at)}, {size}: too long to be kept whole</option>;
  return <option value={of.id}>{timeOfDay(of.at)}, {of.status}, {size}: {of.body?.slice(0, 60)}</option>;
}
