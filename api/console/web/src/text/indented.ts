// JSON with line ends and indentation. The text is only spaced out, never read as values: numbers keep
// all their digits.

export function indented(text: string): string {
  if (!/^\s*[[{]/.test(text) || !isJson(text)) return text;
  let result = "";
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!;
    if (char === '"') {
      const end = endOfString(text, at);
      result += text.slice(at, end);
      at = end - 1;
    } else if (char === "{" || char === "[") {
      const rest = text.slice(at + 1).match(/^\s*[}\]]/);
      if (rest) {
        result += char + rest[0].trim();
        at += rest[0].length;
      } else {
        depth += 1;
        result += char + newLine(depth);
      }
    } else if (char === "}" || char === "]") {
      depth -= 1;
      result += newLine(depth) + char;
    } else if (char === ",") {
      result += char + newLine(depth);
    } else if (char === ":") {
      result += ": ";
    } else if (!/\s/.test(char)) {
      result += char;
    }
  }
  return result;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function endOfString(text: string, begin: number): number {
  let at = begin + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function newLine(depth: number): string {
  return "\n" + "  ".repeat(depth);
}
