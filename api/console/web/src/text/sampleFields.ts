// The fields of an event, with the path by which a column reads each.

import type { SampleField } from "../api/playground";

const FIELDS_MAX = 300;
const DEPTH_MAX = 8;
const ITEMS_MAX = 3;

/** Nothing where the text is no JSON object or array. */
export function fieldsOf(body: string): SampleField[] {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return [];
  }
  const fields: SampleField[] = [];
  collect(value, "", 0, fields);
  return fields;
}

function collect(value: unknown, path: string, depth: number, fields: SampleField[]): void {
  if (fields.length >= FIELDS_MAX) return;
  const type = typeOf(value);
  if (path !== "") fields.push({ path, type, example: exampleOf(value) });
  if (depth >= DEPTH_MAX) return;
  if (Array.isArray(value)) {
    value.slice(0, ITEMS_MAX).forEach((item, index) => collect(item, `${path}[${index}]`, depth + 1, fields));
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) collect(item, joined(path, key), depth + 1, fields);
  }
}

/** Keys that a path cannot have as they are stand in brackets and quotes. */
function joined(path: string, key: string): string {
  const isPlain = key !== "" && !/[.["\\\]]/.test(key) && key !== "$" && key.trim() === key;
  if (!isPlain) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

function typeOf(value: unknown): SampleField["type"] {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  const type = typeof value;
  return type === "string" || type === "number" || type === "boolean" ? type : "object";
}

function exampleOf(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 60 ? text.slice(0, 57) + "…" : text;
}
