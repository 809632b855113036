import { useState } from "react";
import type { SampleEvent } from "../../api/playground";
import type { RecentRequest } from "../../api/requests";
import type { Column, Source } from "../../api/shapes";
import { createSink, type GivenTable } from "../../api/sinks";
import { go } from "../../app/address";
import { useKept } from "../../app/useKept";
import { Action } from "../../parts/Action";
import { Field } from "../../parts/Field";
import { sent } from "../../text/columns";
import { presetOf } from "../../text/presets";
import { MappingWorkshop } from "../mapping/MappingWorkshop";

const BASE: Column[] = [
  { type: "uuid", name: "id", primaryKey: true },
  { type: "datetime", name: "received_at", dataType: "TIMESTAMP" },
];

/** The columns of the table, picked from the event, and the name of the table. */
export function NewTable({ source, requests, event, setEvent }: {
  source: Source;
  requests: RecentRequest[];
  event: SampleEvent | undefined;
  setEvent: (event: SampleEvent) => void;
}) {
  const { sourceId } = source;
  const [kept, setColumns] = useKept<Column[]>(`new columns ${sourceId}`);
  const columns = kept ?? BASE;
  const [tableId, setTableId] = useState(`in.c-main.${sourceId.replaceAll("-", "_")}`);

  const create = async (mapping: GivenTable["mapping"]) => {
    const name = (tableId.split(".").at(-1) ?? sourceId).slice(0, 40);
    const task = await createSink(sourceId, {
      type: "table", name, table: { type: "keboola", tableId: tableId.trim(), mapping },
    });
    go(["new", sourceId, task.outputs?.sinkId ?? ""]);
  };
  const preset = source.http?.preset;

  return (
    <section aria-labelledby="table">
      <h2 id="table">Its columns</h2>
      <Field label="Table" hint="in.c-BUCKET.NAME: a bucket holds tables, as a folder holds files. It is made if it is not there.">
        {(wiring) => (
          <input {...wiring} spellCheck={false} value={tableId} onChange={(change) => setTableId(change.target.value)} />
        )}
      </Field>
      {preset !== undefined && preset !== "generic-hmac" && preset !== "none" && (
        <p>
          <Action kind="main" run={() => create({ preset })}>
            Use the ready-made columns for {presetOf(preset).title}
          </Action>{" "}
          or pick your own:
        </p>
      )}
      <MappingWorkshop
        source={source}
        requests={requests}
        columns={columns}
        setColumns={setColumns}
        event={event}
        setEvent={setEvent}
      />
      <div className="save-bar">
        <Action kind="main" run={() => create({ columns: columns.map(sent) })}>Create the table</Action>
      </div>
    </section>
  );
}
