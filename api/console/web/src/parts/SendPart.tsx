import type { Source } from "../api/shapes";
import { presetOf } from "../text/presets";
import { senders } from "../text/senders";
import { Code } from "./Code";
import { Copy } from "./Copy";
import { Notice } from "./Notice";
import { Tabs, type Tab } from "./Tabs";

const EXAMPLE = '{"user": {"name": "Ada"}, "action": "signup", "amount": 12}';

/** Where to send events, and programs that do. */
export function SendPart({ source, secret }: {
  source: Source;
  /** The secret that was just chosen, to be copied once. */
  secret?: string;
}) {
  if (source.http) return <SendHttp source={source} url={source.http.url} secret={secret} />;
  if (source.otlp) return <SendOtlp url={source.otlp.url} baseUrl={source.otlp.baseUrl} secret={source.otlp.secret} />;
  return (
    <p>
      This source reads the topic <code>{source.kafka?.topic}</code> of <code>{source.kafka?.brokers}</code> by
      itself: what is published there becomes rows.
    </p>
  );
}

function SendHttp({ source, url, secret }: { source: Source; url: string; secret?: string }) {
  const preset = presetOf(source.http?.preset ?? "json");
  const isSigned = source.http?.verification === "signature";
  const tabs: Tab[] = senders(url, EXAMPLE).map(({ id, title, text }) => ({
    id, title, content: () => <Code text={text} what={`${title} code`} />,
  }));
  tabs.push({ id: "github", title: "GitHub webhook", content: () => <GithubSettings url={url} secret={secret} /> });
  return (
    <>
      <UrlLine label="URL for events" url={url} />
      <p className="hint">The last part of the URL is its secret: whoever knows the URL can send.</p>
      {secret && <UrlLine label="Secret for the sender" url={secret} />}
      {preset.id !== "json" && (
        <ol className="steps">
          {preset.steps.map((step) => <li key={step}>{step}</li>)}
        </ol>
      )}
      {isSigned && (
        <Notice kind="info">
          Only what {preset.title} has signed is taken. Anything else, such as a curl line, is answered 401.
        </Notice>
      )}
      {!isSigned && <Tabs label="Programs that send an event" tabs={tabs} />}
    </>
  );
}

function GithubSettings({ url, secret }: { url: string; secret?: string }) {
  return (
    <>
      <p>In the repository on GitHub: Settings, Webhooks, Add webhook. Fill in:</p>
      <dl className="facts">
        <dt>Payload URL</dt><dd className="words"><code>{url}</code></dd>
        <dt>Content type</dt><dd><code>application/json</code></dd>
        <dt>Secret</dt><dd>{secret ? <code>{secret}</code> : "the one of this source, if it checks signatures; else leave it empty"}</dd>
        <dt>Events</dt><dd>as you like; GitHub sends a ping at once</dd>
      </dl>
    </>
  );
}

function SendOtlp({ url, baseUrl, secret }: { url: string; baseUrl: string; secret: string }) {
  const environment = `export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_ENDPOINT=${url}
`;
  const collector = `exporters:
  otlphttp:
    endpoint: ${baseUrl}
    headers:
      Authorization: "Bearer ${secret}"
`;
  return (
    <>
      <UrlLine label="Endpoint for exporters" url={url} />
      <p className="hint">Exporters append /v1/logs, /v1/metrics and /v1/traces. The last part is the secret.</p>
      <Tabs
        label="Set-ups that send telemetry"
        tabs={[
          { id: "sdk", title: "Any SDK", content: () => <Code text={environment} what="environment" /> },
          { id: "collector", title: "Collector", content: () => <Code text={collector} what="configuration" /> },
        ]}
      />
    </>
  );
}

export function UrlLine({ label, url }: { label: string; url: string }) {
  return (
    <div className="url-line">
      <span className="url-label">{label}</span>
      <code className="words">{url}</code>
      <Copy text={url} what={label.startsWith("Secret") ? "secret" : "URL"} />
    </div>
  );
}
