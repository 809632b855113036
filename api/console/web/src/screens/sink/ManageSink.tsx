import type { Sink } from "../../api/shapes";
import { deleteSink, getSink, updateSink } from "../../api/sinks";
import { go } from "../../app/address";
import { Action } from "../../parts/Action";
import { NamesPart } from "../../parts/NamesPart";
import { SwitchOffPart } from "../../parts/SwitchOffPart";

/** Name and switching off. */
export function ManageSink({ sink, changed }: { sink: Sink; changed: () => void }) {
  const place = { sourceId: sink.sourceId, sinkId: sink.sinkId };
  return (
    <>
      <NamesPart
        of={sink}
        draftKey={`sink ${sink.sourceId} ${sink.sinkId}`}
        save={(names, ifMatch) => updateSink(place, { ...names }, ifMatch)}
        newest={() => getSink(place)}
        changed={changed}
      />
      <SwitchOffPart
        place={place}
        noun="sink"
        isDisabled={sink.disabled !== undefined}
        effect="It makes no more rows until it is enabled again. Rows that were accepted come into the table."
        changed={changed}
      >
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
      </SwitchOffPart>
    </>
  );
}
