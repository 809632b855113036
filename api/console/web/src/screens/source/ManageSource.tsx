import { useState } from "react";
import { deleteSource, getSource, turn, updateSource } from "../../api/sources";
import type { Source } from "../../api/shapes";
import { go } from "../../app/address";
import { useDraft } from "../../app/drafts";
import { Action } from "../../parts/Action";
import { NameFields, type Names } from "../../parts/NameFields";
import { SaveBar } from "../../parts/SaveBar";
import { RotateSecret } from "./RotateSecret";
import { SignatureForm } from "./SignatureForm";

/** Name, signature, secret, and switching off. */
export function ManageSource({ source, changed }: { source: Source; changed: () => void }) {
  const { sourceId } = source;
  const draft = useDraft<Names>(
    `source ${sourceId}`, { name: source.name, description: source.description }, source.version.number);
  return (
    <>
      <section aria-labelledby="names">
        <h2 id="names">Name</h2>
        <NameFields value={draft.value} set={draft.set} />
        <SaveBar
          draft={draft}
          changed={changed}
          save={(value, ifMatch) => updateSource(sourceId, { ...value }, ifMatch)}
          newest={async () => {
            const { version, name, description } = await getSource(sourceId);
            return { version, value: { name, description } };
          }}
        />
      </section>
      {source.type === "http" && <SignatureForm source={source} changed={changed} />}
      {source.type !== "kafka" && <RotateSecret source={source} changed={changed} />}
      {source.kafka && <PauseKafka source={source} changed={changed} />}
      <section aria-labelledby="off">
        <h2 id="off">Switch off</h2>
        {source.disabled ? (
          <Action kind="main" run={() => turn({ sourceId }, "enable").then(changed)}>Enable</Action>
        ) : (
          <Action
            run={() => turn({ sourceId }, "disable").then(changed)}
            ask={{
              title: "Disable this source?",
              text: <p>It refuses events until it is enabled again. What was accepted comes into the tables.</p>,
              yes: "Disable",
            }}
          >
            Disable
          </Action>
        )}{" "}
        <DeleteSource sourceId={sourceId} name={source.name} />
      </section>
    </>
  );
}

function PauseKafka({ source, changed }: { source: Source; changed: () => void }) {
  const isPaused = source.kafka?.paused === true;
  return (
    <section aria-labelledby="pause">
      <h2 id="pause">Reading</h2>
      <p>{isPaused ? "It reads nothing and keeps its place." : "It reads what is published."}</p>
      <Action run={() => updateSource(source.sourceId, { kafka: { paused: !isPaused } }).then(changed)}>
        {isPaused ? "Go on reading" : "Pause"}
      </Action>
    </section>
  );
}

function DeleteSource({ sourceId, name }: { sourceId: string; name: string }) {
  const [withTables, setWithTables] = useState(false);
  return (
    <Action
      kind="danger"
      run={async () => {
        await deleteSource(sourceId, withTables);
        go(["sources"]);
      }}
      ask={{
        title: `Delete the source “${name}”?`,
        yes: withTables ? "Delete source and tables" : "Delete",
        text: (
          <>
            <p>Its sinks are deleted with it. It can be brought back, with its sinks, from the list of sources.</p>
            <label className="check">
              <input type="checkbox" checked={withTables} onChange={(event) => setWithTables(event.target.checked)} />
              Delete its tables with all their rows too. That cannot be undone.
            </label>
          </>
        ),
      }}
    >
      Delete
    </Action>
  );
}
