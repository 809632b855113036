import { useState } from "react";
import { deleteSource, getSource, updateSource } from "../../api/sources";
import type { Source } from "../../api/shapes";
import { go } from "../../app/address";
import { Action } from "../../parts/Action";
import { NamesPart } from "../../parts/NamesPart";
import { SwitchOffPart } from "../../parts/SwitchOffPart";
import { RotateSecret } from "./RotateSecret";
import { SignatureForm } from "./SignatureForm";

/** Name, signature, secret, and switching off. */
export function ManageSource({ source, changed }: { source: Source; changed: () => void }) {
  const { sourceId } = source;
  return (
    <>
      <NamesPart
        of={source}
        draftKey={`source ${sourceId}`}
        save={(names, ifMatch) => updateSource(sourceId, { ...names }, ifMatch)}
        newest={() => getSource(sourceId)}
        changed={changed}
      />
      {source.type === "http" && <SignatureForm source={source} changed={changed} />}
      {source.type !== "kafka" && <RotateSecret source={source} changed={changed} />}
      {source.kafka && <PauseKafka source={source} changed={changed} />}
      <SwitchOffPart
        place={{ sourceId }}
        noun="source"
        isDisabled={source.disabled !== undefined}
        effect="It refuses events until it is enabled again. What was accepted comes into the tables."
        changed={changed}
      >
        <DeleteSource sourceId={sourceId} name={source.name} />
      </SwitchOffPart>
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
