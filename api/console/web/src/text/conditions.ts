// When rows go on their way: the conditions of upload and import as stops of a slider.

import { duration, plural } from "./format";
import { durationMs, durationText, sizeBytes, sizeText } from "./units";

export interface Condition {
  key: string;
  stage: "upload" | "import";
  title: string;
  /** From what the setting says to a number and back. */
  number: (value: string | number) => number;
  value: (number: number) => string | number;
  words: (number: number) => string;
  stops: number[];
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const KB = 1024;
const MB = 1024 * KB;

const UPLOAD_TIMES = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800].map((seconds) => seconds * SECOND);
const IMPORT_TIMES = [
  30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR,
  4 * HOUR, 8 * HOUR, 12 * HOUR, 24 * HOUR,
];
const COUNTS = [
  1, 10, 100, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000,
  2_000_000, 5_000_000, 10_000_000,
];
const UPLOAD_SIZES = [100, KB, 10 * KB, 100 * KB, 500 * KB, MB, 2 * MB, 5 * MB, 10 * MB, 20 * MB, 50 * MB];
const IMPORT_SIZES = [...UPLOAD_SIZES, 100 * MB, 200 * MB, 500 * MB];

const time = {
  number: (value: string | number) => (typeof value === "number" ? value / 1e6 : durationMs(value)),
  value: durationText,
  words: (ms: number) => duration(ms),
};
const size = {
  number: (value: string | number) => (typeof value === "number" ? value : sizeBytes(value)),
  value: sizeText,
  words: (bytes: number) => sizeText(bytes).replace(/([A-Z]+)$/, " $1"),
};
const rows = {
  number: Number,
  value: (number: number) => number,
  words: (number: number) => plural(number, "row"),
};

export const CONDITIONS: Condition[] = [
  { key: "storage.level.staging.upload.trigger.interval", stage: "upload", title: "Upload at the latest after", stops: UPLOAD_TIMES, ...time },
  { key: "storage.level.staging.upload.trigger.count", stage: "upload", title: "or with so many rows", stops: COUNTS, ...rows },
  { key: "storage.level.staging.upload.trigger.size", stage: "upload", title: "or with so many bytes", stops: UPLOAD_SIZES, ...size },
  { key: "storage.level.target.import.trigger.interval", stage: "import", title: "Import at the latest after", stops: IMPORT_TIMES, ...time },
  { key: "storage.level.target.import.trigger.count", stage: "import", title: "or with so many rows", stops: COUNTS, ...rows },
  { key: "storage.level.target.import.trigger.size", stage: "import", title: "or with so many bytes", stops: IMPORT_SIZES, ...size },
];

/** The stops with the present value among them, wherever it is. */
export function stopsWith(stops: number[], present: number): number[] {
  return stops.includes(present) ? stops : [...stops, present].sort((one, other) => one - other);
}
