import type { TestedColumn } from "../../api/playground";
import type { Column, ColumnType, SourceType } from "../../api/shapes";
import { Field } from "../../parts/Field";
import { NAME_MAX } from "../../parts/NameFields";
import { Value } from "../../parts/TestedRow";
import { COLUMN_KINDS, DATA_TYPES, dataTypeId, dataTypesOf, kindOf, ofKind } from "../../text/columns";
import { TemplateField } from "./TemplateField";

/** One column: its name, what goes into it, of which type. */
export function ColumnEditor({ of, isOff, tested, sourceType, set, remove, up, down }: {
  of: Column;
  isOff: boolean;
  tested?: TestedColumn;
  sourceType: SourceType;
  set: (column: Column) => void;
  remove: () => void;
  up?: () => void;
  down?: () => void;
}) {
  const kind = kindOf(of);
  const kinds = COLUMN_KINDS.filter((one) => !one.of || one.of === sourceType || one.type === of.type);
  const isTemplate = of.type === "template";
  return (
    <fieldset className="column" disabled={isOff}>
      <legend className="offscreen">Column {of.name}</legend>
      <div className="column-fields">
        <Field label="Column name">
          {(wiring) => (
            <input {...wiring} value={of.name} maxLength={NAME_MAX} onChange={(event) => set({ ...of, name: event.target.value })} />
          )}
        </Field>
        <Field label="What goes in">
          {(wiring) => (
            <select
              {...wiring}
              value={kind.type}
              onChange={(event) => set(ofKind(of, event.target.value as ColumnType))}
            >
              {kinds.map(({ type, title }) => <option key={type} value={type}>{title}</option>)}
            </select>
          )}
        </Field>
        <SourceOfValue of={of} set={set} />
        <Field label="Type">
          {(wiring) => (
            <select
              {...wiring}
              value={dataTypeId(of.dataType)}
              onChange={(event) => {
                const type = DATA_TYPES.find(({ id }) => id === event.target.value)?.type;
                set({ ...of, dataType: type === "STRING" ? undefined : type });
              }}
            >
              {dataTypesOf(kind).map(({ id, title }) => <option key={id} value={id}>{title}</option>)}
            </select>
          )}
        </Field>
      </div>
      {isTemplate && <TemplateField of={of} set={set} problem={tested?.message} />}
      <div className="column-foot">
        <label className="check">
          <input
            type="checkbox"
            checked={of.primaryKey ?? false}
            onChange={(event) => set({ ...of, primaryKey: event.target.checked || undefined })}
          />
          Key
        </label>
        <MissingValue of={of} set={set} />
        {tested && !tested.message && <span className="makes words">→ <Value of={tested.value} /></span>}
        <span className="buttons">
          <button type="button" className="plain" aria-label={`Move ${of.name} up`} disabled={!up} onClick={up}>↑</button>
          <button type="button" className="plain" aria-label={`Move ${of.name} down`} disabled={!down} onClick={down}>↓</button>
          <button type="button" className="plain" aria-label={`Remove ${of.name}`} onClick={remove}>Remove</button>
        </span>
      </div>
      {tested && !isTemplate && tested.message && <p className="wrong words">{tested.message}</p>}
    </fieldset>
  );
}

/** Where in the event the value is, for the kinds that have a place. */
function SourceOfValue({ of, set }: { of: Column; set: (column: Column) => void }) {
  switch (of.type) {
    case "path":
    case "json":
      return (
        <Field label="Path">
          {(wiring) => (
            <input
              {...wiring}
              spellCheck={false}
              placeholder="user.items[0].name"
              value={of.path ?? ""}
              onChange={(event) => set({ ...of, path: event.target.value })}
            />
          )}
        </Field>
      );
    case "header":
    case "kafkaHeader":
      return (
        <Field label="Header">
          {(wiring) => (
            <input {...wiring} value={of.header ?? ""} onChange={(event) => set({ ...of, header: event.target.value })} />
          )}
        </Field>
      );
    case "query":
      return (
        <Field label="Parameter">
          {(wiring) => (
            <input {...wiring} value={of.parameter ?? ""} onChange={(event) => set({ ...of, parameter: event.target.value })} />
          )}
        </Field>
      );
    default:
      return null;
  }
}

/** What happens where an event lacks the value: another one is taken, or the event is refused. */
function MissingValue({ of, set }: { of: Column; set: (column: Column) => void }) {
  if (!["path", "json", "header", "kafkaHeader", "query", "kafkaKey"].includes(of.type)) return null;
  const hasDefault = of.defaultValue !== undefined && of.defaultValue !== null;
  return (
    <span className="missing">
      <label className="check">
        <input
          type="checkbox"
          checked={hasDefault}
          onChange={(event) => set({ ...of, defaultValue: event.target.checked ? "" : undefined })}
        />
        It may be missing{hasDefault ? ", then this is taken:" : ""}
      </label>
      {hasDefault && (
        <input
          aria-label={`Value of ${of.name} where the event has none`}
          placeholder="empty"
          value={of.defaultValue}
          onChange={(event) => set({ ...of, defaultValue: event.target.value })}
        />
      )}
    </span>
  );
}
