import type { GivenKafka } from "../../api/sources";
import { Field } from "../../parts/Field";

/** Where messages of Avro have their schema from. */
export interface Avro {
  schema: string;
  registry: string;
  login: string;
  times: string;
  keys: string;
}

export const NO_AVRO: Avro = { schema: "", registry: "", login: "", times: "text", keys: "text" };

const LOGIN_PROPERTY = "schema.registry.basic.auth.user.info";

export function isAvro(format: string): boolean {
  return format === "avro" || needsRegistry(format);
}

function needsRegistry(format: string): boolean {
  return format === "confluentAvro" || format === "linkedinAvro";
}

export function isComplete(format: string, avro: Avro): boolean {
  if (format === "avro") return avro.schema.trim() !== "";
  return !needsRegistry(format) || avro.registry.trim() !== "";
}

/** What the API is told of them. */
export function givenAvro(format: string, avro: Avro): Partial<GivenKafka> {
  if (!isAvro(format)) return {};
  if (!needsRegistry(format)) return { avroSchema: avro.schema.trim(), avroTimes: avro.times };
  const login = avro.login.trim();
  return {
    registryUrl: avro.registry.trim(),
    avroTimes: avro.times,
    keyFormat: format === "confluentAvro" ? avro.keys : undefined,
    properties: login ? { [LOGIN_PROPERTY]: login } : undefined,
  };
}

export function AvroFields({ format, value, set }: { format: string; value: Avro; set: (value: Avro) => void }) {
  if (!isAvro(format)) return null;
  return (
    <>
      {needsRegistry(format) ? (
        <>
          <Field label="Schema registry" hint="http://host:port, several separated by commas">
            {(wiring) => (
              <input
                {...wiring}
                value={value.registry}
                onChange={(event) => set({ ...value, registry: event.target.value })}
              />
            )}
          </Field>
          <Field label="User and password of the registry" hint="user:password, where it asks for one. Never shown again.">
            {(wiring) => (
              <input
                {...wiring}
                type="password"
                autoComplete="off"
                value={value.login}
                onChange={(event) => set({ ...value, login: event.target.value })}
              />
            )}
          </Field>
        </>
      ) : (
        <Field label="Schema" hint="As JSON. All messages are of this one.">
          {(wiring) => (
            <textarea
              {...wiring}
              rows={6}
              spellCheck={false}
              value={value.schema}
              onChange={(event) => set({ ...value, schema: event.target.value })}
            />
          )}
        </Field>
      )}
      {format === "confluentAvro" && (
        <Field label="Keys of messages are">
          {(wiring) => (
            <select {...wiring} value={value.keys} onChange={(event) => set({ ...value, keys: event.target.value })}>
              <option value="text">texts or JSON</option>
              <option value="confluentAvro">Avro, of the same registry</option>
            </select>
          )}
        </Field>
      )}
      <Field label="Days and times become">
        {(wiring) => (
          <select {...wiring} value={value.times} onChange={(event) => set({ ...value, times: event.target.value })}>
            <option value="text">texts, such as 2026-01-31T12:00:00Z</option>
            <option value="millis">milliseconds</option>
            <option value="raw">the numbers that the schema has</option>
          </select>
        )}
      </Field>
    </>
  );
}
