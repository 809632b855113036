import { useEffect, useState } from "react";
import type { SampleEvent } from "../../api/playground";
import type { RecentRequest } from "../../api/requests";
import type { Source } from "../../api/shapes";
import { useKept } from "../../app/useKept";
import { useTap } from "../../app/useTap";
import { Failure } from "../../parts/Failure";
import { Notice } from "../../parts/Notice";
import { RequestStatus } from "../../parts/RequestStatus";
import { SendPart } from "../../parts/SendPart";
import { timeOfDay } from "../../text/format";
import { CUT_BODY, eventOf, isCutSample, isOfSender, isSample } from "../../text/samples";
import { SignatureForm } from "../source/SignatureForm";
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
  const sample = requests?.find(isSample);
  // Telemetry comes as bytes that nobody picks columns from.
  const hasCome = source.type !== "otlp" && requests?.some(isOfSender);

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
            <Arrival of={newest} />
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
      {(event || hasCome) && (
        <NewTable source={source} requests={requests ?? []} event={event} setEvent={setEvent} />
      )}
    </>
  );
}

function Arrival({ of }: { of: RecentRequest }) {
  const status = <RequestStatus status={of.status} code={of.statusCode} />;
  if (of.status === "refused" || of.status === "failed") {
    return (
      <Notice kind="bad">
        <p>An event was not taken at {timeOfDay(of.at)} {status} <span className="words">{of.message}</span></p>
        <p>{remedyOf(of)}</p>
      </Notice>
    );
  }
  return (
    <Notice kind={isCutSample(of) ? "warn" : "good"}>
      An event arrived at {timeOfDay(of.at)} {status}
      {of.message && <span className="words"> {of.message}</span>}
      {isCutSample(of) && ` ${CUT_BODY}`}
    </Notice>
  );
}

function remedyOf({ status, statusCode }: RecentRequest): string {
  if (status === "failed") return "The mistake is not the sender’s: the overview says what fails. Send it again after that.";
  if (statusCode === 401) return "Give the sender the secret of this source, which signs its events, and send it again.";
  return "Mend that where the event is sent, and send it again.";
}
