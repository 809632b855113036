import type { SampleEvent } from "../../api/playground";
import type { RecentRequest } from "../../api/requests";
import type { Column, Source } from "../../api/shapes";
import { Failure } from "../../parts/Failure";
import { TestedRow } from "../../parts/TestedRow";
import { columnOf } from "../../text/columns";
import { ColumnList } from "./ColumnList";
import { FieldPicker } from "./FieldPicker";
import { SamplePicker } from "./SamplePicker";
import { useTest } from "./useTest";

/** An event, its fields, the columns and the row that comes of it: all at once, as they are typed. */
export function MappingWorkshop({ source, requests, columns, setColumns, event, setEvent }: {
  source: Source;
  /** Those that came not long ago, to pick an event from. */
  requests: RecentRequest[];
  columns: Column[];
  setColumns: (columns: Column[]) => void;
  event: SampleEvent | undefined;
  setEvent: (event: SampleEvent) => void;
}) {
  const { tested, failure } = useTest(source.sourceId, columns, event);
  return (
    <div className="workshop">
      <section aria-labelledby="sample">
        <h3 id="sample">An event</h3>
        <SamplePicker requests={requests} event={event} setEvent={setEvent} />
        <FieldPicker
          sourceId={source.sourceId}
          event={event}
          columns={columns}
          add={(field) => setColumns([...columns, columnOf(field, columns)])}
          replace={setColumns}
        />
      </section>
      <section aria-labelledby="columns">
        <h3 id="columns">Columns of the table</h3>
        <ColumnList columns={columns} set={setColumns} tested={tested?.columns} sourceType={source.type} />
      </section>
      <section aria-labelledby="row">
        <h3 id="row">The row</h3>
        <div aria-live="polite">
          <Failure of={failure} />
          {tested && <TestedRow row={tested} columns={columns} />}
          {!event?.body && !tested && <p className="quiet">Paste an event or pick a recent one, and see the row that it becomes.</p>}
        </div>
      </section>
    </div>
  );
}
