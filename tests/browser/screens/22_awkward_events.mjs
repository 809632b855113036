// The first events of a source are refused, mistyped or long: the page says what to do, and goes on with the next.

import assert from "node:assert/strict";

export const title = "first events that are of no use";

const SOURCES = "/v1/branches/default/sources";

export async function walk(visit) {
  const url = async (sourceId) => (await visit.api("GET", `${SOURCES}/${sourceId}`)).http.url;
  await visit.api("POST", SOURCES, { type: "http", name: "Awkward" });
  await visit.api("POST", SOURCES, {
    type: "http", name: "Signed", http: { preset: "github", signature: { secrets: ["nobody guesses this one"] } },
  });

  const page = await visit.signedIn("/console/#/new/signed");
  await page.getByText("Waiting for the first event").waitFor();
  assert.equal(await visit.send(await url("signed"), { n: 1 }), 401);
  await page.getByText("Give the sender the secret of this source").waitFor();
  assert.equal(await page.getByRole("heading", { name: "Its columns" }).count(), 0, "an event of anybody is a sample");
  await visit.accessible(page, "a first event that is refused");

  await page.goto(`${visit.apiUrl}/console/#/new/awkward`);
  await page.getByText("Waiting for the first event").waitFor();
  assert.equal(await visit.send(await url("awkward"), { text: "x".repeat(5_000) }), 200);
  await page.getByText("Only its first 4 KB are kept: paste the event here.").first().waitFor();
  assert.equal(await page.getByText("This is no JSON object").count(), 0);
  assert.equal(await page.getByText("this event becomes this row").count(), 0, "nothing is called an event");
  await visit.accessible(page, "a first event that is long");
  await visit.shot(page, "1-long");

  const body = page.getByRole("textbox", { name: "Body of the event" });
  await visit.send(await url("awkward"), '{"mistyped"');
  await visit.until("the mistyped event", async () => (await body.inputValue()) === '{"mistyped"');
  await visit.send(await url("awkward"), { user: "Ada" });
  const recent = page.getByRole("combobox", { name: "Recent events" });
  await recent.getByRole("option", { name: /Ada/ }).waitFor({ state: "attached" });
  await recent.selectOption({ index: 1 });
  assert.match(await body.inputValue(), /Ada/);
  await page.getByRole("button", { name: /^user/ }).waitFor();
}
