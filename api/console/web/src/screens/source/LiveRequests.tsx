import { useState } from "react";
import type { RecentRequest } from "../../api/requests";
import { useTap } from "../../app/useTap";
import { Failure } from "../../parts/Failure";
import { Field } from "../../parts/Field";
import { Notice } from "../../parts/Notice";
import { RequestStatus } from "../../parts/RequestStatus";
import { bytes, plural, timeOfDay } from "../../text/format";
import { RequestDetail } from "./RequestDetail";

type Filter = "all" | "accepted" | "refused";

/** What comes to the source, as it comes; refused requests too, with the reason. */
export function LiveRequests({ sourceId }: { sourceId: string }) {
  const [filter, setFilter] = useState<Filter>("all");
  const { requests, isRecording, failure } = useTap(sourceId, filter);
  // While somebody reads one, the list stands still.
  const [opened, setOpened] = useState<string[]>([]);
  const [held, setHeld] = useState<RecentRequest[]>();
  const shown = held ?? requests;
  const newer = held ? requests?.findIndex(({ id }) => id === held[0]?.id) ?? 0 : 0;

  const turn = (id: string, isOpen: boolean) => {
    const next = isOpen ? [...opened, id] : opened.filter((other) => other !== id);
    setOpened(next);
    if (next.length === 0) setHeld(undefined);
    else if (held === undefined) setHeld(requests);
  };
  const goOn = () => {
    setOpened([]);
    setHeld(undefined);
  };
  return (
    <section aria-labelledby="live">
      <div className="title">
        <h2 id="live">Recent requests, live</h2>
        {newer !== 0 && (
          <button type="button" onClick={goOn}>
            {newer > 0 ? `Show ${plural(newer, "newer request")}` : "Show newer requests"}
          </button>
        )}
        <Field label="Show">
          {(wiring) => (
            <select
              {...wiring}
              value={filter}
              onChange={(event) => {
                goOn();
                setFilter(event.target.value as Filter);
              }}
            >
              <option value="all">all</option>
              <option value="accepted">accepted</option>
              <option value="refused">with a problem</option>
            </select>
          )}
        </Field>
      </div>
      <Failure of={failure} />
      {!isRecording && (
        <Notice kind="info">
          This source keeps no recent requests. The setting <code>source.recentRequests</code> switches that on.
        </Notice>
      )}
      {isRecording && requests?.length === 0 && (
        <p className="quiet" role="status">Nothing has come since the service started. This list fills by itself.</p>
      )}
      <ul className="plain-list requests">
        {shown?.map((request) => (
          <Request
            key={request.id}
            of={request}
            sourceId={sourceId}
            turned={(isOpen) => turn(request.id, isOpen)}
          />
        ))}
      </ul>
      {shown && shown.length > 0 && (
        <p className="quiet">The last 100 are shown. Of more than 50 a second there is a sample; some are in no list.</p>
      )}
    </section>
  );
}

/** The detail is made only for requests that somebody opens. */
function Request({ of, sourceId, turned }: {
  of: RecentRequest;
  sourceId: string;
  turned: (isOpen: boolean) => void;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li>
      <details
        onToggle={(event) => {
          setOpen(event.currentTarget.open);
          turned(event.currentTarget.open);
        }}
      >
        <summary>
          <time dateTime={of.at}>{timeOfDay(of.at)}</time>
          <RequestStatus status={of.status} code={of.statusCode} />
          <span>{plural(of.records, "record")}, {bytes(of.bodyBytes)}</span>
          <span className="words">{of.message ?? of.contentType}</span>
        </summary>
        {isOpen && <RequestDetail of={of} sourceId={sourceId} />}
      </details>
    </li>
  );
}
