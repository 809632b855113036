import { useMemo } from "react";
import { suggestColumns, type SampleEvent, type SampleField } from "../../api/playground";
import type { Column } from "../../api/shapes";
import { useMayChange } from "../../app/SessionContext";
import { useLoad } from "../../app/useLoad";
import { Action } from "../../parts/Action";
import { fieldsOf } from "../../text/sampleFields";

/** The fields of the event: a click makes a column of one. */
export function FieldPicker({ sourceId, event, columns, add, replace }: {
  sourceId: string;
  event: SampleEvent | undefined;
  columns: Column[];
  add: (field: SampleField) => void;
  replace: (columns: Column[]) => void;
}) {
  const mayChange = useMayChange();
  const own = useMemo(() => fieldsOf(event?.body ?? ""), [event?.body]);
  // Forms and the like are read by the service, which knows how.
  const isOther = event?.contentType !== undefined && !event.contentType.includes("json");
  const asked = own.length === 0 && isOther ? event.body ?? "" : "";
  const read = useLoad(`fields ${sourceId} ${asked}`, async (signal) =>
    asked && event ? (await suggestColumns(sourceId, event, signal)).fields : []);
  const fields = own.length > 0 ? own : read.value ?? [];
  const taken = new Set(columns.map(({ path }) => path));
  if (!event?.body?.trim()) return null;
  return (
    <>
      <h4>Its fields</h4>
      {fields.length === 0 ? (
        <p className="quiet">This is no JSON object. The column “The whole event” takes anything.</p>
      ) : (
        <>
          <p className="hint">Click a field to make a column of it.</p>
          <ul className="fields">
            {fields.map((field) => (
              <li key={field.path}>
                <button
                  type="button"
                  className="field-button"
                  disabled={!mayChange || taken.has(field.path)}
                  onClick={() => add(field)}
                >
                  <span className="field-path">{field.path}</span>
                  <span className="quiet">{field.type}: {field.example}</span>
                  <span aria-hidden="true">{taken.has(field.path) ? "✓" : "+"}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <Action run={async () => {
        const { columns: suggested } = await suggestColumns(sourceId, event);
        replace(suggested.map(({ column }) => column));
      }}>
        Suggest columns for this event
      </Action>
    </>
  );
}
