import { useState } from "react";
import { rotateSecret } from "../../api/sources";
import type { Source } from "../../api/shapes";
import { Action } from "../../parts/Action";
import { Field } from "../../parts/Field";
import { Moment } from "../../parts/Moment";
import { Notice } from "../../parts/Notice";
import { UrlLine } from "../../parts/SendPart";

const OVERLAPS = [
  { value: "", title: "at once" },
  { value: "1h", title: "after an hour" },
  { value: "24h", title: "after a day" },
  { value: "168h", title: "after a week" },
];

/** A new URL; the old one may go on for a while, until every sender has the new one. */
export function RotateSecret({ source, changed }: { source: Source; changed: () => void }) {
  const [overlap, setOverlap] = useState("24h");
  const [rotated, setRotated] = useState<Source>();
  const until = (source.http ?? source.otlp)?.previousUrlUntil;
  const url = (rotated?.http ?? rotated?.otlp)?.url;
  return (
    <section aria-labelledby="rotate">
      <h2 id="rotate">New secret</h2>
      <p>The secret is the last part of the URL. If somebody has it who should not, change it.</p>
      {until && <p>The URL from before is taken until <Moment at={until} />.</p>}
      <Field label="The old URL ends">
        {(wiring) => (
          <select {...wiring} value={overlap} onChange={(event) => setOverlap(event.target.value)}>
            {OVERLAPS.map(({ value, title }) => <option key={value} value={value}>{title}</option>)}
          </select>
        )}
      </Field>
      <Action
        run={async () => {
          setRotated(await rotateSecret(source.sourceId, overlap || undefined));
          changed();
        }}
        ask={{
          title: "Change the secret?",
          text: (
            <>
              <p>{overlap === ""
                ? "Senders with the present URL are refused from then on."
                : "Senders can use the present URL for the time that you chose. Give them the new one meanwhile."}</p>
              {until && (
                <p>
                  <strong>The URL before that ends at once</strong>; without this change it is taken until <Moment at={until} />.
                </p>
              )}
            </>
          ),
          yes: "Change the secret",
        }}
      >
        Change the secret
      </Action>
      {url && (
        <Notice kind="good" live>
          <UrlLine label="The new URL" url={url} />
        </Notice>
      )}
    </section>
  );
}
