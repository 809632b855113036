// Walks through the console in a real browser: each file in screens/ is one walk with a page of its own.
//
//     node tests/browser/console.mjs [part of the names of walks]
//
// A walk exports `title`, a sentence, and `walk(visit)`; what a Visit has is below. It fails where it throws, and where
// the page does what no page of ours may: an error on its console, a breach of the content policy, a request to another
// host. console_browser.py starts the service and sets the environment:
//
//     MILLRACE_API, MILLRACE_INGEST      URLs of the service
//     MILLRACE_TOKEN                     the installation's own; MILLRACE_READONLY_TOKEN one of the role readonly
//     MILLRACE_CONTROL                   URL at which the service is stopped and started, and its tables are changed
//     MILLRACE_PACKAGES                  the folder with node_modules; MILLRACE_CHROMIUM the browser
//     MILLRACE_SHOTS                     where screenshots are kept

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const env = process.env;
const packages = createRequire(join(env.MILLRACE_PACKAGES, "package.json"));
const { chromium } = packages("playwright-core");
const axeSource = readFileSync(packages.resolve("axe-core/axe.min.js"), "utf8");

const ACTION_TIMEOUT_MS = 20_000; // of one click or look; the machine may be busy
const SERIOUS = new Set(["serious", "critical"]);

// One walk: a page that nobody has used before.
class Visit {
  constructor(browser, name) {
    this.browser = browser;
    this.name = name;
    this.apiUrl = env.MILLRACE_API;
    this.ingestUrl = env.MILLRACE_INGEST;
    this.token = env.MILLRACE_TOKEN;
    this.readonlyToken = env.MILLRACE_READONLY_TOKEN;
    this.steps = 0; // actions of the person so far
    this.contexts = [];
    this.breaches = [];
    // Texts that the page may write to its console as errors, such as those of a service that is down.
    this.expectedErrors = [];
  }

  // Options are Playwright's: viewport, colorScheme, reducedMotion ...
  async open(path = "/console/", options = {}) {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB", ...options });
    context.setDefaultTimeout(ACTION_TIMEOUT_MS);
    this.contexts.push(context);
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: this.apiUrl });
    const page = await context.newPage();
    page.on("console", (message) => {
      // A page asks first whether there is a session, and Chromium calls the "no" an error.
      const isAsking = message.location().url.endsWith("/console/session") && message.text().includes("401");
      if (message.type() === "error" && !isAsking) this.breaches.push(`on the console: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.breaches.push(`not caught: ${error}`));
    page.on("request", (request) => {
      const url = request.url();
      const own = [`${this.apiUrl}/`, `${this.ingestUrl}/`, "data:", "blob:"].some((start) => url.startsWith(start));
      if (!own) this.breaches.push(`a request to ${url}`);
    });
    page.on("dialog", (dialog) => {
      this.breaches.push(`a dialog of the browser: ${dialog.message()}`);
      dialog.dismiss();
    });
    await page.goto(this.apiUrl + path);
    return page;
  }

  // A page that has signed in, at `path`.
  async signedIn(path = "/console/", { token = this.token, ...options } = {}) {
    const page = await this.open(path, options);
    await page.getByLabel("Token", { exact: true }).fill(token);
    await page.keyboard.press("Enter");
    await page.getByLabel("Token", { exact: true }).waitFor({ state: "detached" });
    return page;
  }

  // Counts what a person does: `await visit.step("names the source", () => field.fill("Shop"))`.
  async step(what, act) {
    this.steps += 1;
    console.log(`        ${String(this.steps).padStart(2)}. ${what}`);
    return act();
  }

  // The REST API, with the installation's own token; returns the parsed answer.
  async api(method, path, body) {
    const answer = await fetch(this.apiUrl + path, {
      method,
      headers: { "X-StorageApi-Token": this.token, "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    const json = text === "" ? null : JSON.parse(text);
    return answer.status === 202 && json?.taskId ? this.finished(json.taskId) : json;
  }

  async finished(taskId) {
    return this.until(`the end of task ${taskId}`, async () => {
      const task = await this.api("GET", `/v1/tasks/${taskId}`);
      if (!task.isFinished) return null;
      assert.equal(task.status, "success", JSON.stringify(task));
      return task;
    });
  }

  // Sends an event to a source; returns the status of the answer.
  async send(sourceUrl, event, headers = {}) {
    const body = typeof event === "string" ? event : JSON.stringify(event);
    const answer = await fetch(sourceUrl, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body });
    await answer.arrayBuffer();
    return answer.status;
  }

  // The first value of look() that is not false, null or undefined.
  async until(what, look, timeoutMs = 60_000) {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const value = await look();
      if (value) return value;
      assert.ok(Date.now() < deadline, `not within ${timeoutMs / 1000} s: ${what}`);
      await new Promise((go) => setTimeout(go, 50));
    }
  }

  async shot(page, name) {
    await page.screenshot({ path: join(env.MILLRACE_SHOTS, `${this.name}-${name}.png`) });
  }

  // No finding of axe-core that is serious.
  async accessible(page, what) {
    // Not as a <script>: the content policy forbids what is not the page's.
    const found = await page.evaluate(`(() => { ${axeSource}; return axe.run(document, { resultTypes: ["violations"] }); })()`);
    const serious = found.violations.filter((violation) => SERIOUS.has(violation.impact));
    const shown = serious.map((one) => `${one.id} (${one.impact}): ${one.help}\n` +
      one.nodes.slice(0, 5).map((node) => `            ${node.html}\n            ${node.failureSummary}`).join("\n"));
    assert.equal(serious.length, 0, `${what} is hard to use:\n          ${shown.join("\n          ")}`);
  }

  // The page may complain of these: parts of the texts.
  expectErrors(...texts) {
    this.expectedErrors.push(...texts);
  }

  async stopService() {
    await this.control("stop");
  }

  // On the same ports and data.
  async startService() {
    await this.control("start");
  }

  // Changes a table behind the back of the service.
  async sql(tableId, statement) {
    await this.control("sql", JSON.stringify({ tableId, statement }));
  }

  // Cuts a slice off in staging.
  async damage(sliceId) {
    await this.control("damage", JSON.stringify({ sliceId }));
  }

  async control(what, body) {
    const answer = await fetch(`${env.MILLRACE_CONTROL}/${what}`, { method: "POST", body });
    assert.ok(answer.ok, `${what}: ${await answer.text()}`);
  }

  async close() {
    for (const context of this.contexts) await context.close();
    const breaches = this.breaches.filter((breach) => !this.expectedErrors.some((text) => breach.includes(text)));
    assert.deepEqual(breaches, [], "what no page of ours may do");
  }
}

async function run(browser, name) {
  const { title, walk } = await import(`./screens/${name}.mjs`);
  const visit = new Visit(browser, name);
  const began = Date.now();
  try {
    await walk(visit);
    await visit.close();
    console.log(`ok      ${name}: ${title} (${((Date.now() - began) / 1000).toFixed(1)} s, ${visit.steps} steps)`);
    return true;
  } catch (error) {
    console.log(`FAILED  ${name}: ${title}\n        ${error.stack ?? error}`);
    for (const breach of visit.breaches) console.log(`        the page: ${breach}`);
    for (const [index, context] of visit.contexts.entries()) {
      const [page] = context.pages();
      if (page) await visit.shot(page, `failed-${index}`).catch(() => {});
      await context.close().catch(() => {});
    }
    return false;
  }
}

const screens = fileURLToPath(new URL("screens", import.meta.url));
const wanted = process.argv[2] ?? "";
const names = readdirSync(screens).filter((file) => file.endsWith(".mjs")).map((file) => file.slice(0, -".mjs".length))
  .filter((name) => name.includes(wanted)).sort();
mkdirSync(env.MILLRACE_SHOTS, { recursive: true });
const browser = await chromium.launch({
  executablePath: env.MILLRACE_CHROMIUM,
  args: [...(process.getuid() === 0 ? ["--no-sandbox"] : []), "--disable-dev-shm-usage", "--disable-background-networking"],
});
let failed = 0;
try {
  for (const name of names) failed += (await run(browser, name)) ? 0 : 1;
} finally {
  await browser.close();
}
console.log(`${names.length - failed} of ${names.length} walks passed`);
process.exitCode = failed === 0 && names.length > 0 ? 0 : 1;
