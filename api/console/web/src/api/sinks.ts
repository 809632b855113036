// Sinks: from events to rows of a table; their files, rejects and rows.

import { at, inBranch, type Place } from "./branch";
import { call, query } from "./call";
import { change } from "./changes";
import type { Column, Ledger, Page, Rejects, Rows, Sink, Slice, StoredFile, Task } from "./shapes";

export interface GivenTable {
  type: "keboola";
  target?: string;
  tableId: string;
  mapping: { preset?: string; columns?: Column[] };
}

export interface NewSink {
  sinkId?: string;
  type: "table";
  name: string;
  description?: string;
  allowedSignals?: string[];
  table: GivenTable;
}

export interface SinkChange {
  changeDescription?: string;
  name?: string;
  description?: string;
  table?: { tableId?: string; mapping?: { columns: Column[] } };
}

export type SinkPlace = Required<Place>;

export async function listSinks(sourceId: string, signal?: AbortSignal): Promise<Sink[]> {
  const { sinks } = await call<{ sinks: Sink[]; page: Page }>(
    "GET", at({ sourceId }, "sinks") + query({ limit: 100 }), { signal });
  return sinks;
}

export async function getSink(place: SinkPlace, signal?: AbortSignal): Promise<Sink> {
  return call("GET", at(place), { signal });
}

export async function createSink(sourceId: string, sink: NewSink): Promise<Task> {
  return change("POST", at({ sourceId }, "sinks"), { json: sink });
}

export async function updateSink(place: SinkPlace, json: SinkChange, ifMatch?: string): Promise<Task> {
  return change("PATCH", at(place), { json, ifMatch });
}

export async function deleteSink(place: SinkPlace): Promise<Task> {
  return change("DELETE", at(place));
}

/** Ends when every row that was accepted before is in the table. */
export async function flush(place: SinkPlace): Promise<Task> {
  return change("POST", at(place, "flush"));
}

export async function getLedger(place: SinkPlace, signal?: AbortSignal): Promise<Ledger> {
  return call("GET", at(place, "ledger"), { signal });
}

export async function listFiles(place: SinkPlace, signal?: AbortSignal): Promise<StoredFile[]> {
  const { files } = await call<{ files: StoredFile[] }>("GET", at(place, "statistics", "files"), { signal });
  return files;
}

/** A file of a sink, or the one that a committed load has. */
export type FilePlace = (SinkPlace & { fileId: string }) | { loadId: string };

function atFile(place: FilePlace, ...parts: string[]): string {
  return "loadId" in place
    ? inBranch("loads", place.loadId, "file", ...parts)
    : at(place, "files", place.fileId, ...parts);
}

export async function getLoadFile(loadId: string, signal?: AbortSignal): Promise<StoredFile> {
  return call("GET", atFile({ loadId }), { signal });
}

export type FileAct = "retry" | "restore" | "discard";

export async function actOnFile(place: FilePlace, act: FileAct): Promise<StoredFile> {
  return call("POST", atFile(place, act));
}

/** The whole file, or those slices of it, which become a file of their own. */
export async function setAside(place: FilePlace, reason: string, slices?: string[]): Promise<StoredFile> {
  return call("POST", atFile(place, "set-aside"), { json: { reason, slices } });
}

export async function listSlices(place: SinkPlace, fileId: string, signal?: AbortSignal): Promise<Slice[]> {
  const { slices } = await call<{ slices: Slice[] }>("GET", at(place, "files", fileId, "slices"), { signal });
  return slices;
}

export async function listRejects(place: SinkPlace, afterId = "", signal?: AbortSignal): Promise<Rejects> {
  return call("GET", at(place, "rejects") + query({ afterId, limit: 20 }), { signal });
}

export async function deleteRejects(place: SinkPlace): Promise<void> {
  return call("DELETE", at(place, "rejects"));
}

export async function retryRejects(place: SinkPlace): Promise<Task> {
  return change("POST", at(place, "rejects", "retry"));
}

export interface RowsAsked {
  limit: number;
  after?: string;
  target?: string;
  order?: "first" | "newest";
  count?: boolean;
}

export async function listRows(tableId: string, asked: RowsAsked, signal?: AbortSignal): Promise<Rows> {
  return call("GET", inBranch("tables", tableId, "rows") + query({ ...asked }), { signal });
}
