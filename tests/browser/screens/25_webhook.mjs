// The fields of a webhook come into a table by the console alone: GitHub signs with the secret that the page shows, and
// the ready-made columns fit. What is counted is what a person does in the console and at GitHub.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

export const title = "the webhooks of GitHub become rows";

const STEPS_MAX = 12;
const PUSH = { ref: "refs/heads/main", repository: { full_name: "ada/engine" }, sender: { login: "ada" } };

export async function walk(visit) {
  const page = await visit.open("/console/#/new");
  const began = Date.now();
  await visit.step("types the token", () => page.getByLabel("Token", { exact: true }).fill(visit.token));
  await visit.step("signs in", () => page.getByRole("button", { name: "Sign in" }).click());
  await visit.step("chooses GitHub", () => page.getByRole("radio", { name: /^GitHub/ }).check());
  await visit.accessible(page, "a source for GitHub");
  await visit.step("creates the source", () => page.getByRole("button", { name: "Create the source" }).click());
  await page.getByText("Waiting for the first event").waitFor();
  await visit.shot(page, "1-settings");

  await visit.step("copies the URL to GitHub", () => page.getByRole("button", { name: "Copy URL" }).click());
  const url = await page.evaluate(() => navigator.clipboard.readText());
  await visit.step("copies the secret to GitHub", () => page.getByRole("button", { name: "Copy secret" }).click());
  const secret = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(secret.length, 40);
  await visit.step("presses Add webhook at GitHub", async () => {
    assert.equal(await deliver(visit, url, secret, "ping", { zen: "Keep it logically awesome." }), 200);
  });
  await page.getByText(/An event arrived at/).waitFor();

  await visit.step("takes the ready-made columns", () =>
    page.getByRole("button", { name: "Use the ready-made columns for GitHub" }).click());
  await page.getByText("is there. Events that come from now on").waitFor();
  await visit.step("pushes", async () => assert.equal(await deliver(visit, url, secret, "push", PUSH), 200));
  await page.getByRole("cell", { name: "ada/engine" }).first().waitFor({ timeout: 60_000 });
  await visit.shot(page, "2-rows");
  assert.ok(visit.steps <= STEPS_MAX, `${visit.steps} steps are more than ${STEPS_MAX}`);
  console.log(`        ${((Date.now() - began) / 1000).toFixed(1)} s by a machine that types`);

  // What is not signed is refused, and the page of the source says why.
  assert.equal(await visit.send(url, PUSH), 401);
  await page.getByRole("link", { name: "GitHub", exact: true }).first().click();
  await page.getByText("401 refused").waitFor();
  await page.getByText("signatures are checked").waitFor();
  assert.ok(!(await page.content()).includes(secret), "the secret is shown again");
}

function deliver(visit, url, secret, event, body) {
  const text = JSON.stringify(body);
  return visit.send(url, text, {
    "X-GitHub-Event": event,
    "X-GitHub-Delivery": crypto.randomUUID(),
    "X-Hub-Signature-256": `sha256=${createHmac("sha256", secret).update(text).digest("hex")}`,
  });
}
