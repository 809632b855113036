import { turn } from "../../api/sources";
import type { Sink } from "../../api/shapes";
import { deleteSink, getSink, updateSink } from "../../api/sinks";
import { go } from "../../app/address";
import { useDraft } from "../../app/drafts";
import { Action } from "../../parts/Action";
import { NameFields, type Names } from "../../parts/NameFields";
import { SaveBar } from "../../parts/SaveBar";

/** Name and switching off. */
export function ManageSink({ sink, changed }: { sink: Sink; changed: () => void }) {
  const place = { sourceId: sink.sourceId, sinkId: sink.sinkId };
  const draft = useDraft<Names>(
    `sink ${sink.sourceId} ${sink.sinkId}`, { name: sink.name, description: sink.description }, sink.version.number);
  return (
    <>
      <section aria-labelledby="names">
        <h2 id="names">Name</h2>
        <NameFields value={draft.value} set={draft.set} />
        <SaveBar
          draft={draft}
          changed={changed}
          save={(value, ifMatch) => updateSink(place, { ...value }, ifMatch)}
          newest={async () => {
            const { version, name, description } = await getSink(place);
            return { version, value: { name, description } };
          }}
        />
      </section>
      <section aria-labelledby="off">
        <h2 id="off">Switch off</h2>
        {sink.disabled ? (
          <Action kind="main" run={() => turn(place, "enable").then(changed)}>Enable</Action>
        ) : (
          <Action
            run={() => turn(place, "disable").then(changed)}
            ask={{
              title: "Disable this sink?",
              text: <p>It makes no more rows until it is enabled again. Rows that were accepted come into the table.</p>,
              yes: "Disable",
            }}
          >
            Disable
          </Action>
        )}{" "}
        <Action
          kind="danger"
          run={async () => {
            await deleteSink(place);
            go(["sources", sink.sourceId], { show: "sinks" });
          }}
          ask={{
            title: `Delete the sink “${sink.name}”?`,
            text: <p>The table and its rows stay. The sink can be brought back from the page of its source.</p>,
            yes: "Delete",
          }}
        >
          Delete
        </Action>
      </section>
    </>
  );
}
