// Sources: URLs that take events.

import { at, inBranch, type Place } from "./branch";
import { call, query } from "./call";
import { change } from "./changes";
import type { Page, Setting, SettingValue, Source, SourceType, Task, Version } from "./shapes";

export interface GivenSignature {
  secrets?: string[];
  verifyToken?: string;
  header?: string;
}

export interface GivenKafka {
  brokers: string;
  topic: string;
  format?: string;
  keyFormat?: string;
  startFrom?: string;
  avroSchema?: string;
  registryUrl?: string;
  avroTimes?: string;
  properties?: Record<string, string>;
}

export interface NewSource {
  sourceId?: string;
  type: SourceType;
  name: string;
  description?: string;
  http?: { preset?: string; signature?: GivenSignature };
  kafka?: GivenKafka;
}

export interface SourceChange {
  changeDescription?: string;
  name?: string;
  description?: string;
  http?: { preset?: string; signature?: GivenSignature };
  kafka?: Record<string, unknown>;
}

export async function listSources(afterId = "", signal?: AbortSignal) {
  return call<{ page: Page; sources: Source[] }>(
    "GET", inBranch("sources") + query({ afterId, limit: 100 }), { signal });
}

export async function listDeletedSources(signal?: AbortSignal) {
  return call<{ page: Page; sources: Source[] }>(
    "GET", inBranch("sources", "deleted") + query({ limit: 100 }), { signal });
}

export async function getSource(sourceId: string, signal?: AbortSignal): Promise<Source> {
  return call("GET", at({ sourceId }), { signal });
}

export async function createSource(source: NewSource): Promise<Task> {
  return change("POST", inBranch("sources"), { json: source });
}

export async function updateSource(sourceId: string, json: SourceChange, ifMatch?: string): Promise<Task> {
  return change("PATCH", at({ sourceId }), { json, ifMatch });
}

export async function rotateSecret(sourceId: string, overlap?: string): Promise<Source> {
  return call("POST", at({ sourceId }, "rotate-secret"), { json: overlap ? { overlap } : {} });
}

export async function deleteSource(sourceId: string, cascade: boolean): Promise<Task> {
  return change("DELETE", at({ sourceId }) + query({ cascade: cascade || undefined }));
}

// What follows is the same for a source and for a sink.

export async function turn(place: Place, way: "enable" | "disable" | "undelete"): Promise<Task> {
  return change("PUT", at(place, way));
}

export async function listVersions(place: Place, signal?: AbortSignal): Promise<Version[]> {
  const all: Version[] = [];
  for (let afterId = ""; ; ) {
    const { versions, page } = await call<{ versions: Version[]; page: Page }>(
      "GET", at(place, "versions") + query({ afterId, limit: 100 }), { signal });
    all.push(...versions);
    if (versions.length < page.limit || page.lastId === "") return all;
    afterId = page.lastId;
  }
}

/** What a rollback to the version would bring back. */
export async function getDefinition(
  place: Place, number: number, signal?: AbortSignal,
): Promise<Record<string, unknown>> {
  const { definition } = await call<{ definition: Record<string, unknown> }>(
    "GET", at(place, "versions", number, "definition"), { signal });
  return definition;
}

export async function rollback(place: Place, number: number): Promise<Task> {
  return change("PUT", at(place, "versions", number, "rollback"));
}

export async function getSettings(place: Place, signal?: AbortSignal): Promise<Setting[]> {
  const { settings } = await call<{ settings: Setting[] }>("GET", at(place, "settings"), { signal });
  return settings;
}

export async function updateSettings(
  place: Place, settings: { key: string; value: SettingValue }[], ifMatch?: string): Promise<Task> {
  return change("PATCH", at(place, "settings"), { json: { settings }, ifMatch });
}
