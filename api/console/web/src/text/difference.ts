// What differs between two definitions, a line for each thing that a person would name.

export interface Difference {
  what: string;
  /** Absent where it was not there. */
  before?: string;
  after?: string;
}

export function differences(before: unknown, after: unknown): Difference[] {
  const [old, now] = [flat(before), flat(after)];
  const found: Difference[] = [];
  for (const what of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(what), now.get(what)];
    if (was !== is) found.push({ what, before: was, after: is });
  }
  return found;
}

/** `table · column "id" · path` to its text. */
function flat(value: unknown): Map<string, string> {
  const lines = new Map<string, string>();
  collect(value, "", lines);
  return lines;
}

function collect(value: unknown, what: string, lines: Map<string, string>): void {
  if (Array.isArray(value)) {
    const names = value.map((item, index) => nameOf(item, index));
    value.forEach((item, index) => collect(content(item), joined(what, names[index]!), lines));
    if (names.length > 0 && isNamed(value[0])) lines.set(joined(what, "order"), names.join(", "));
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (key === "engine" || key === "engineReason") continue; // found out, not configured
      collect(item, joined(what, key), lines);
    }
  } else if (value !== undefined && value !== "") {
    lines.set(what, String(value));
  }
}

function isNamed(item: unknown): boolean {
  return typeof item === "object" && item !== null && "name" in item;
}

function nameOf(item: unknown, index: number): string {
  if (typeof item === "object" && item !== null) {
    if ("name" in item) return `column "${String(item.name)}"`;
    if ("key" in item) return String(item.key);
  }
  return `${index + 1}`;
}

/** A setting is its value alone. */
function content(item: unknown): unknown {
  if (typeof item === "object" && item !== null && "key" in item && "value" in item) return item.value;
  if (typeof item === "object" && item !== null && "name" in item) {
    const { name: _name, ...rest } = item as Record<string, unknown>;
    return rest;
  }
  return item;
}

const QUIET = new Set(["mapping", "columns", "table", "settings", "definition"]);

function joined(what: string, part: string): string {
  if (QUIET.has(part)) return what;
  return what === "" ? part : `${what} · ${part}`;
}
