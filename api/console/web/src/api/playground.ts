// Trying out a mapping: nothing is kept or changed.

import { at } from "./branch";
import { call } from "./call";
import type { Column } from "./shapes";

export interface SampleEvent {
  body?: string;
  bodyBase64?: string;
  contentType?: string;
  headers?: { name: string; value: string }[];
  query?: string;
  clientIp?: string;
}

export interface TestedColumn {
  name: string;
  /** As it would stand in the table; `null` is NULL. */
  value?: string | null;
  error?: string;
  message?: string;
  engine?: "compiled" | "jsonnet";
  engineReason?: string;
}

export interface TestedMapping {
  /** The event would become this row. */
  isTaken: boolean;
  statusCode?: number;
  error?: string;
  message?: string;
  columns: TestedColumn[];
}

export interface SuggestedColumn {
  column: Column;
  note?: string;
  example?: string;
}

export interface SampleField {
  path: string;
  type: "string" | "number" | "boolean" | "null" | "object" | "array";
  example?: string;
}

export interface Suggestion {
  columns: SuggestedColumn[];
  fields: SampleField[];
  isCut: boolean;
}

export async function testMapping(
  sourceId: string, columns: Column[], event: SampleEvent, signal?: AbortSignal,
): Promise<TestedMapping> {
  return call("POST", at({ sourceId }, "test-mapping"), { json: { columns, event }, signal });
}

export async function suggestColumns(
  sourceId: string, event: SampleEvent, signal?: AbortSignal,
): Promise<Suggestion> {
  return call("POST", at({ sourceId }, "suggest-columns"), {
    text: event.body ?? "",
    headers: { "Content-Type": event.contentType || "application/json" },
    signal,
  });
}
