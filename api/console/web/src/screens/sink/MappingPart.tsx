import { useEffect } from "react";
import type { SampleEvent } from "../../api/playground";
import type { Column, Sink, Source } from "../../api/shapes";
import { getSink, updateSink } from "../../api/sinks";
import { useDraft } from "../../app/drafts";
import { useKept } from "../../app/useKept";
import { useTap } from "../../app/useTap";
import { SaveBar } from "../../parts/SaveBar";
import { sent } from "../../text/columns";
import { eventOf, isSample } from "../../text/samples";
import { MappingWorkshop } from "../mapping/MappingWorkshop";
import { sampleKey } from "./sampleKey";

/** The columns of a sink, tried out on an event before they are saved. */
export function MappingPart({ source, sink, changed }: { source: Source; sink: Sink; changed: () => void }) {
  const place = { sourceId: sink.sourceId, sinkId: sink.sinkId };
  const name = `${sink.sourceId} ${sink.sinkId}`;
  const draft = useDraft<Column[]>(`mapping ${name}`, sink.table.mapping.columns, sink.version.number);
  const [event, setEvent] = useKept<SampleEvent>(sampleKey(place));

  const { requests = [] } = useTap(sink.sourceId); // without them one can be pasted
  const newest = requests.find(isSample);

  // The newest event is a good one to begin with.
  useEffect(() => {
    if (newest && event === undefined) setEvent(eventOf(newest));
  }, [newest, event, setEvent]);

  return (
    <>
      <p>
        Each event becomes one row. Change the columns and see the row change; nothing is saved until you press Save.
        Events that do not fit are refused, or kept as rejects.
      </p>
      <SaveBar
        draft={draft}
        changed={changed}
        save={(columns, ifMatch) => updateSink(place, { table: { mapping: { columns: columns.map(sent) } } }, ifMatch)}
        newest={async () => {
          const newest = await getSink(place);
          return { version: newest.version, value: newest.table.mapping.columns };
        }}
      />
      <MappingWorkshop
        source={source}
        requests={requests}
        columns={draft.value}
        setColumns={draft.set}
        event={event}
        setEvent={setEvent}
      />
    </>
  );
}
