// Where in a template an error is: the service says `1:1-8 Unknown variable: Invalid.`

export interface TemplatePlace {
  line: number;
  /** Of the first and the last wrong character, counted from 1. */
  first: number;
  last: number;
  message: string;
}

export function templatePlace(message: string): TemplatePlace | undefined {
  const found = /(?:^|\s)\(?(\d+):(\d+)\)?(?:-\(?(?:\d+:)?(\d+)\)?)?:?\s+(.*)$/s.exec(message);
  if (!found) return undefined;
  const first = Number(found[2]);
  return {
    line: Number(found[1]),
    first,
    last: found[3] === undefined ? first : Math.max(first, Number(found[3]) - 1),
    message: found[4]!,
  };
}

/** The wrong line with marks under the wrong characters. */
export function marked(content: string, place: TemplatePlace): string {
  const line = content.split("\n")[place.line - 1] ?? "";
  const marks = "^".repeat(place.last - place.first + 1);
  return `${line}\n${" ".repeat(Math.max(0, place.first - 1))}${marks}`;
}
