// Columns of a mapping: their kinds in plain words, new ones, and what of them is sent.

import type { SampleField } from "../api/playground";
import type { Column, ColumnType, DataType, PlainDataType, SourceType } from "../api/shapes";

export interface ColumnKind {
  type: ColumnType;
  title: string;
  /** Only in sinks of a source of this type. */
  of?: SourceType;
  /** The types that its values may have; without it all. */
  dataTypes?: PlainDataType[];
}

export const COLUMN_KINDS: ColumnKind[] = [
  { type: "path", title: "Field of event" },
  { type: "datetime", title: "Time of arrival", dataTypes: ["STRING", "TIMESTAMP"] },
  { type: "uuid", title: "New unique id", dataTypes: ["STRING"] },
  { type: "eventId", title: "Id of the event", dataTypes: ["STRING"] },
  { type: "body", title: "The whole event" },
  { type: "header", title: "One header" },
  { type: "headers", title: "All headers", dataTypes: ["STRING", "JSON"] },
  { type: "query", title: "Parameter of the URL" },
  { type: "ip", title: "Address of the sender", dataTypes: ["STRING"] },
  { type: "template", title: "Template (Jsonnet)" },
  { type: "kafkaKey", title: "Kafka: key", of: "kafka" },
  { type: "kafkaTopic", title: "Kafka: topic", of: "kafka", dataTypes: ["STRING"] },
  { type: "kafkaPartition", title: "Kafka: partition", of: "kafka", dataTypes: ["STRING", "INTEGER", "DECIMAL", "DOUBLE"] },
  { type: "kafkaOffset", title: "Kafka: offset", of: "kafka", dataTypes: ["STRING", "INTEGER", "DECIMAL", "DOUBLE"] },
  { type: "kafkaTimestamp", title: "Kafka: time", of: "kafka", dataTypes: ["STRING", "TIMESTAMP"] },
  { type: "kafkaHeader", title: "Kafka: one header", of: "kafka" },
];

export const DATA_TYPES: { id: string; title: string; type: DataType }[] = [
  { id: "STRING", title: "Text", type: "STRING" },
  { id: "INTEGER", title: "Whole number", type: "INTEGER" },
  { id: "DECIMAL", title: "Exact decimal", type: "DECIMAL" },
  { id: "DOUBLE", title: "Floating point", type: "DOUBLE" },
  { id: "BOOLEAN", title: "True or false", type: "BOOLEAN" },
  { id: "DATE", title: "Date", type: "DATE" },
  { id: "TIMESTAMP", title: "Time", type: "TIMESTAMP" },
  { id: "epoch-s", title: "Time, from seconds since 1970", type: { type: "TIMESTAMP", from: "epoch-s" } },
  { id: "epoch-ms", title: "Time, from milliseconds since 1970", type: { type: "TIMESTAMP", from: "epoch-ms" } },
  { id: "epoch-us", title: "Time, from microseconds since 1970", type: { type: "TIMESTAMP", from: "epoch-us" } },
  { id: "epoch-ns", title: "Time, from nanoseconds since 1970", type: { type: "TIMESTAMP", from: "epoch-ns" } },
  { id: "rfc2822", title: "Time, as mail spells it", type: { type: "TIMESTAMP", from: "rfc2822" } },
  { id: "JSON", title: "JSON", type: "JSON" },
];

export function kindOf(column: Column): ColumnKind {
  const type = column.type === "json" ? "path" : column.type === "id" ? "uuid" : column.type;
  return COLUMN_KINDS.find((kind) => kind.type === type) ?? { type, title: type };
}

export function dataTypeId(type: DataType | undefined): string {
  return typeof type === "object" ? type.from : (type ?? "STRING");
}

/** The types that a column of this kind may have. */
export function dataTypesOf(kind: ColumnKind) {
  const plain: string[] | undefined = kind.dataTypes;
  return plain ? DATA_TYPES.filter(({ id }) => plain.includes(id)) : DATA_TYPES;
}

/** A column of another kind keeps its name, its key, and its type where the kind allows it. */
export function ofKind(column: Column, type: ColumnType): Column {
  const kind = COLUMN_KINDS.find((one) => one.type === type);
  const keeps = kind && dataTypesOf(kind).some(({ id }) => id === dataTypeId(column.dataType));
  const next: Column = { type, name: column.name };
  if (column.primaryKey) next.primaryKey = true;
  if (column.dataType && keeps) next.dataType = column.dataType;
  if (type === "path") return { ...next, path: column.path ?? "", defaultValue: column.defaultValue, rawString: true };
  if (type === "header" || type === "kafkaHeader") return { ...next, header: column.header ?? "" };
  if (type === "query") return { ...next, parameter: column.parameter ?? "" };
  if (type === "template") {
    return { ...next, rawString: true, template: column.template ?? { language: "jsonnet", content: "Body('')" } };
  }
  return next;
}

/** The column that a click on a field of an event makes. */
export function columnOf(field: SampleField, taken: Column[]): Column {
  const column: Column = {
    type: "path",
    name: freeName(nameOf(field.path), taken),
    path: field.path,
    defaultValue: "",
    rawString: true,
  };
  const dataType = guessed(field);
  if (dataType !== "STRING") column.dataType = dataType;
  return column;
}

function guessed(field: SampleField): PlainDataType {
  if (field.type === "boolean") return "BOOLEAN";
  if (field.type === "object" || field.type === "array") return "JSON";
  if (field.type === "number") return /^-?\d{1,18}$/.test(field.example ?? "") ? "INTEGER" : "DOUBLE";
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$/.test(field.example ?? "")) return "TIMESTAMP";
  return "STRING";
}

function nameOf(path: string): string {
  const words = path.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_+|_+$/g, "").toLowerCase();
  return words === "" ? "value" : words;
}

export function freeName(name: string, taken: Column[]): string {
  const names = new Set(taken.map((column) => column.name.toLowerCase()));
  if (!names.has(name.toLowerCase())) return name;
  for (let number = 2; ; number += 1) {
    if (!names.has(`${name}_${number}`)) return `${name}_${number}`;
  }
}

/** A first mapping for anything: when it came, and all of it. */
export function plainColumns(): Column[] {
  return [
    { type: "uuid", name: "id", primaryKey: true },
    { type: "datetime", name: "received_at", dataType: "TIMESTAMP" },
    { type: "body", name: "event" },
  ];
}

/** What the API takes: nothing that is empty by default, and nothing that only answers have. */
export function sent(column: Column): Column {
  const { engine: _engine, engineReason: _reason, ...rest } = column;
  const kept: Column = { ...rest };
  if (!kept.primaryKey) delete kept.primaryKey;
  if (kept.dataType === "STRING") delete kept.dataType;
  if (kept.defaultValue === undefined || kept.defaultValue === null) delete kept.defaultValue;
  if (!kept.rawString) delete kept.rawString;
  return kept;
}
