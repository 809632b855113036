// Texts that would be markup or scripts, in every name and body, on every screen where they are shown.

import assert from "node:assert/strict";

export const title = "texts with markup are shown as texts";

const SOURCES = "/v1/branches/default/sources";
const MARKUP = `<img src=x onerror="window.hurt=1">`;
const SCRIPT = `"><script>window.hurt=2</script>`;

export async function walk(visit) {
  await visit.api("POST", SOURCES, { type: "http", sourceId: "markup", name: MARKUP.slice(0, 40), description: SCRIPT });
  await visit.api("POST", `${SOURCES}/markup/sinks`, {
    type: "table", sinkId: "rows", name: SCRIPT.slice(0, 40), description: MARKUP,
    table: { type: "keboola", tableId: "in.c-markup.rows", mapping: { columns: [
      { type: "path", name: MARKUP, path: "text", rawString: true },
      { type: "path", name: "javascript:alert(1)", path: "other", rawString: true, defaultValue: SCRIPT },
    ] } },
  });
  await visit.api("PATCH", `${SOURCES}/markup/sinks/rows/settings`, { changeDescription: MARKUP, settings: [{ key: "mapping.onError", value: "keep" }] });
  await visit.api("POST", "/v1/tokens", { description: SCRIPT, role: "readonly" });
  const { http: { url } } = await visit.api("GET", `${SOURCES}/markup`);
  assert.equal(await visit.send(`${url}?q=${encodeURIComponent(MARKUP)}`, { text: MARKUP }, { "X-Markup": SCRIPT }), 200);
  assert.equal(await visit.send(url, { wrong: SCRIPT }), 200);
  await visit.api("POST", `${SOURCES}/markup/sinks/rows/flush`);

  const page = await visit.signedIn();
  const places = [
    ["", null], ["sources", MARKUP.slice(0, 40)], ["sources/markup", SCRIPT], ["sources/markup?show=sinks", MARKUP],
    ["sources/markup?show=versions", null], ["sources/markup?show=manage", null], ["sources/markup/sinks/rows?show=rows", MARKUP],
    ["sources/markup/sinks/rows?show=mapping", MARKUP], ["sources/markup/sinks/rows?show=rejects", null],
    ["sources/markup/sinks/rows?show=versions", MARKUP], ["sources/markup/sinks/rows?show=files", null],
    ["new/markup", null], ["tokens", SCRIPT], ["tasks", null], [`find/${encodeURIComponent(MARKUP)}`, null],
    [`sources/${encodeURIComponent(MARKUP)}`, null], [`${encodeURIComponent(SCRIPT)}`, null],
  ];
  visit.expectErrors("400", "404");
  for (const [place, text] of places) {
    await page.goto(`${visit.apiUrl}/console/#/${place}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    if (text) await page.getByText(text).first().waitFor();
    for (const summary of await page.locator("summary").all()) await summary.click();
    await visit.accessible(page, `the screen ${place || "overview"}`);
    assert.equal(await page.evaluate(() => window.hurt), undefined, `a script ran at ${place}`);
    assert.equal(await page.locator("img, main script").count(), 0, `markup became elements at ${place}`);
  }
  await visit.shot(page, "unknown");
}
