import type { Column } from "../../api/shapes";
import { Field } from "../../parts/Field";
import { marked, templatePlace } from "../../text/templatePlace";

/** A Jsonnet expression, with what is wrong shown at its place. */
export function TemplateField({ of, set, problem }: {
  of: Column;
  set: (column: Column) => void;
  problem?: string;
}) {
  const content = of.template?.content ?? "";
  const place = problem === undefined ? undefined : templatePlace(problem);
  return (
    <Field
      label="Template"
      hint={<>Such as <code>Body('user.name') + ' ' + Header('X-Country', '')</code>; the calls are Body, BodyStr, Header, HeaderStr, Ip and Now.</>}
      wrong={problem && (
        <>
          <span className="words">{place ? `Line ${place.line}, character ${place.first}: ${place.message}` : problem}</span>
          {place && <pre className="marked" aria-hidden="true">{marked(content, place)}</pre>}
        </>
      )}
    >
      {(wiring) => (
        <textarea
          {...wiring}
          rows={3}
          spellCheck={false}
          maxLength={4096}
          className="code-field"
          value={content}
          onChange={(event) => set({ ...of, template: { language: "jsonnet", content: event.target.value } })}
        />
      )}
    </Field>
  );
}
