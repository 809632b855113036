// Receipts, tokens, tasks, options; a topic that no broker has; telemetry with ready-made columns.

import assert from "node:assert/strict";

export const title = "receipts, tokens, tasks, Kafka and OpenTelemetry";

const SOURCES = "/v1/branches/default/sources";

export async function walk(visit) {
  await visit.api("POST", SOURCES, { type: "http", name: "Traced" });
  await visit.api("POST", `${SOURCES}/traced/sinks`, {
    type: "table", name: "Rows", table: { type: "keboola", tableId: "in.c-traced.rows", mapping: { columns: [{ type: "body", name: "body" }] } },
  });
  const { http: { url } } = await visit.api("GET", `${SOURCES}/traced`);
  const answer = await fetch(url, {
    method: "POST", headers: { "Content-Type": "application/json", "Idempotency-Key": "order-4711" }, body: "{}",
  });
  const receipt = answer.headers.get("receipt");
  assert.ok(receipt, "an answer has a receipt");

  const page = await visit.signedIn("/console/#/find");
  await page.getByLabel("Receipt", { exact: true }).fill(receipt);
  await page.getByRole("button", { name: "Find", exact: true }).click();
  await page.getByText(/on the disk of this machine|uploaded|in the table/).first().waitFor();
  await page.getByRole("combobox", { name: "Source" }).selectOption("traced");
  await page.getByLabel("Idempotency key or text").fill("order-4711");
  await page.getByRole("button", { name: "Look" }).click();
  await page.getByRole("link", { name: "Follow it" }).click();
  await page.getByText("traced → rows").waitFor();
  await visit.accessible(page, "a receipt");
  await visit.shot(page, "1-receipt");
  await visit.api("POST", `${SOURCES}/traced/sinks/rows/flush`);
  await page.getByText("Nothing will change any more.").waitFor();

  await page.getByRole("link", { name: "Tokens" }).click();
  await page.getByLabel("Description").fill("For the shop");
  await page.getByRole("button", { name: "Create the token" }).click();
  await page.getByText("Copy it now").waitFor();
  await visit.accessible(page, "a new token");
  await page.getByRole("row", { name: /For the shop/ }).getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("row", { name: /For the shop/ }).waitFor({ state: "detached" });

  await page.getByRole("link", { name: "Tasks" }).click();
  await page.getByRole("cell", { name: "create source" }).first().waitFor();
  await visit.accessible(page, "tasks");
  await visit.shot(page, "2-tasks");
  await page.getByRole("link", { name: "Service" }).click();
  await page.getByLabel("Filter options").fill("api.listen");
  await page.getByRole("cell", { name: "api.listen", exact: true }).waitFor();
  await visit.accessible(page, "the service");

  await page.getByRole("link", { name: "Kafka", exact: true }).click();
  await page.getByLabel("Name", { exact: true }).fill("Nobody answers");
  await page.getByLabel("Brokers", { exact: true }).fill("127.0.0.1:1");
  await page.getByLabel("Topic", { exact: true }).fill("orders");
  await page.getByRole("button", { name: "Create the source" }).click();
  await page.getByRole("link", { name: "Nobody answers" }).waitFor();
  await page.getByRole("link", { name: "Kafka", exact: true }).click();
  await page.getByRole("row", { name: /Nobody answers/ }).waitFor();
  await visit.accessible(page, "sources that read topics");
  await page.getByRole("link", { name: "Nobody answers" }).click();
  await page.getByText("how far it is behind is not known yet").waitFor();
  await visit.accessible(page, "a source that reads a topic");
  await visit.shot(page, "3-kafka");

  await page.getByRole("link", { name: "Kafka", exact: true }).click();
  await page.getByLabel("Name", { exact: true }).fill("Avro nobody has");
  await page.getByLabel("Brokers", { exact: true }).fill("127.0.0.1:1");
  await page.getByLabel("Topic", { exact: true }).fill("payments");
  await page.getByLabel("A message is").selectOption("avro");
  await page.getByLabel("Schema", { exact: true }).waitFor();
  assert.ok(await page.getByRole("button", { name: "Create the source" }).isDisabled(), "without a schema");
  await page.getByLabel("A message is").selectOption("confluentAvro");
  assert.ok(await page.getByRole("button", { name: "Create the source" }).isDisabled(), "without a registry");
  await page.getByLabel("Schema registry", { exact: true }).fill("http://127.0.0.1:2");
  await page.getByLabel("User and password of the registry").fill("reader:hidden");
  await page.getByLabel("Days and times become").selectOption("millis");
  await visit.accessible(page, "a new source that reads Avro");
  await page.getByRole("button", { name: "Create the source" }).click();
  await page.getByRole("link", { name: "Avro nobody has" }).waitFor();
  const { sources } = await visit.api("GET", `${SOURCES}?limit=100`);
  const { kafka } = sources.find(({ name }) => name === "Avro nobody has");
  assert.deepEqual([kafka.format, kafka.registryUrl, kafka.avroTimes], ["confluentAvro", "http://127.0.0.1:2", "millis"]);
  assert.ok(!JSON.stringify(kafka).includes("hidden"), "the password of the registry is shown");

  await page.getByRole("link", { name: "New table" }).click();
  await page.getByRole("radio", { name: /^OpenTelemetry/ }).check();
  await page.getByRole("button", { name: "Create the source" }).click();
  await page.getByText("Endpoint for exporters").waitFor();
  await page.getByRole("button", { name: "Ready-made columns for logs" }).click();
  await page.getByText("is there. Events that come from now on").waitFor();
  await visit.accessible(page, "waiting for telemetry");
  await visit.shot(page, "4-telemetry");
}
