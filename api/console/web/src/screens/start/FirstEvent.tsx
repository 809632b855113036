import { useEffect, useState } from "react";
import type { SampleEvent } from "../../api/playground";
import type { Source } from "../../api/shapes";
import { useKept } from "../../app/useKept";
import { useTap } from "../../app/useTap";
import { Failure } from "../../parts/Failure";
import { Notice } from "../../parts/Notice";
import { RequestStatus } from "../../parts/RequestStatus";
import { SendPart } from "../../parts/SendPart";
import { timeOfDay } from "../../text/format";
import { SignatureForm } from "../source/SignatureForm";
import { eventOf } from "../mapping/SamplePicker";
import { chosenSecret } from "./chosenSecret";
import { NewTable } from "./NewTable";
import { ReadyTelemetry } from "./ReadyTelemetry";

const EXAMPLE = `{
  "user": {"name": "Ada"},
  "action": "signup",
  "amount": 12
}`;

/** Step 2: the first event arrives, and its fields become columns. */
export function FirstEvent({ source, changed }: { source: Source; changed: () => void }) {
  const { sourceId } = source;
  const { requests, failure } = useTap(sourceId);
  const [event, setEvent] = useKept<SampleEvent>(`sample ${sourceId}`);
  const [isTyped, setTyped] = useState(event !== undefined);
  const newest = requests?.[0];
  const sample = requests?.find((request) => request.body !== undefined);

  // The first event that arrives is taken; later ones do not replace what somebody works with.
  useEffect(() => {
    if (sample && event === undefined) setEvent(eventOf(sample));
  }, [sample, event, setEvent]);

  return (
    <>
      <section aria-labelledby="send">
        <h2 id="send">Send an event</h2>
        <SendPart source={source} secret={chosenSecret(sourceId)} />
        {source.type === "http" && source.http?.preset === undefined && (
          <details>
            <summary>The sender signs its events</summary>
            <SignatureForm source={source} changed={changed} />
          </details>
        )}
      </section>
      <section aria-labelledby="arrival">
        <h2 id="arrival">The event</h2>
        <Failure of={failure} />
        <div role="status">
          {newest ? (
            <Notice kind="good">
              An event arrived at {timeOfDay(newest.at)} <RequestStatus status={newest.status} code={newest.statusCode} />
              {newest.message && <span className="words"> {newest.message}</span>}
            </Notice>
          ) : (
            <p className="waiting">Waiting for the first event …</p>
          )}
        </div>
        {!newest && !isTyped && (
          <button type="button" onClick={() => {
            setTyped(true);
            setEvent({ body: EXAMPLE, contentType: "application/json" });
          }}>
            No sender at hand? Go on with an example
          </button>
        )}
      </section>
      {source.type === "otlp" && <ReadyTelemetry source={source} />}
      {event && <NewTable source={source} event={event} setEvent={setEvent} />}
    </>
  );
}
