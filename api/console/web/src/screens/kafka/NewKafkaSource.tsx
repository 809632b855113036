import { useState } from "react";
import { createSource } from "../../api/sources";
import { go } from "../../app/address";
import { Action } from "../../parts/Action";
import { Field } from "../../parts/Field";
import { givenId, IdField } from "../../parts/IdField";
import { NAME_MAX } from "../../parts/NameFields";
import { AvroFields, givenAvro, isComplete, NO_AVRO } from "./AvroFields";

const FORMATS = [
  { value: "json", title: "JSON" },
  { value: "confluentJson", title: "JSON of Confluent's serialisers" },
  { value: "text", title: "Text" },
  { value: "confluentAvro", title: "Avro of Confluent's serialisers, with a schema registry" },
  { value: "linkedinAvro", title: "Avro of LinkedIn's serialisers, with a schema registry" },
  { value: "avro", title: "Avro of one schema" },
];

/** A source that reads a topic; its sinks are made as for any other. */
export function NewKafkaSource() {
  const [name, setName] = useState("");
  const [id, setId] = useState("");
  const [brokers, setBrokers] = useState("");
  const [topic, setTopic] = useState("");
  const [format, setFormat] = useState("json");
  const [startFrom, setStartFrom] = useState("earliest");
  const [avro, setAvro] = useState(NO_AVRO);
  return (
    <section aria-labelledby="new-kafka">
      <h2 id="new-kafka">Read a topic</h2>
      <Field label="Name">
        {(wiring) => <input {...wiring} maxLength={NAME_MAX} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <IdField name={name} value={id} set={setId} />
      <Field label="Brokers" hint="host:port, several separated by commas">
        {(wiring) => <input {...wiring} value={brokers} onChange={(event) => setBrokers(event.target.value)} />}
      </Field>
      <Field label="Topic">
        {(wiring) => <input {...wiring} value={topic} onChange={(event) => setTopic(event.target.value)} />}
      </Field>
      <Field label="A message is">
        {(wiring) => (
          <select {...wiring} value={format} onChange={(event) => setFormat(event.target.value)}>
            {FORMATS.map(({ value, title }) => <option key={value} value={value}>{title}</option>)}
          </select>
        )}
      </Field>
      <AvroFields format={format} value={avro} set={setAvro} />
      <Field label="Begin at">
        {(wiring) => (
          <select {...wiring} value={startFrom} onChange={(event) => setStartFrom(event.target.value)}>
            <option value="earliest">the oldest message</option>
            <option value="latest">what is published from now on</option>
          </select>
        )}
      </Field>
      <Action
        kind="main"
        disabled={!name.trim() || !brokers.trim() || !topic.trim() || !isComplete(format, avro)}
        run={async () => {
          const task = await createSource({
            sourceId: givenId(name, id), type: "kafka", name: name.trim(),
            kafka: { brokers: brokers.trim(), topic: topic.trim(), format, startFrom, ...givenAvro(format, avro) },
          });
          go(["new", task.outputs?.sourceId ?? ""]);
        }}
      >
        Create the source
      </Action>
    </section>
  );
}
