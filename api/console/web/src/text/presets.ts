// Who sends webhooks, as docs/webhooks.md has it: what the console says to set up each of them.

export interface Preset {
  /** Of the API; "json" is a sender that signs nothing. */
  id: string;
  title: string;
  /** The name that a source for it is given at first. */
  name: string;
  what: string;
  secret?: { label: string; hint: string; isChosen?: boolean };
  /** What to do at the sender, once there is a URL. */
  steps: string[];
}

export const PRESETS: Preset[] = [
  {
    id: "json", title: "JSON from anywhere", name: "My events",
    what: "Your own program, a shell script, or any service that can POST.",
    steps: ["POST each event to the URL. One JSON object a request is simplest."],
  },
  {
    id: "github", title: "GitHub", name: "GitHub", what: "Webhooks of a repository or an organization.",
    secret: { label: "Webhook secret", hint: "Any long text. GitHub signs with it, and only what it signed is taken.", isChosen: true },
    steps: [
      "In the repository: Settings, Webhooks, Add webhook.",
      "Payload URL: the URL above. Content type: application/json. Secret: the one above.",
      "Choose the events, and press Add webhook. GitHub sends a ping at once.",
    ],
  },
  {
    id: "stripe", title: "Stripe", name: "Stripe", what: "Events of an account.",
    secret: { label: "Signing secret (whsec_…)", hint: "Stripe shows it once the endpoint has its URL. Leave it empty now and add it then." },
    steps: [
      "In Stripe: Developers, Webhooks, Add endpoint.",
      "Endpoint URL: the URL above.",
      "Reveal the signing secret, and add it here, under Signature.",
    ],
  },
  {
    id: "slack", title: "Slack", name: "Slack", what: "Events of an app.",
    secret: { label: "Signing secret", hint: "In the app: Basic Information, Signing Secret." },
    steps: ["In the app: Event Subscriptions, Request URL: the URL above. Slack asks at once, and is answered."],
  },
  {
    id: "shopify", title: "Shopify", name: "Shopify", what: "Webhooks of a shop.",
    secret: { label: "Client secret", hint: "That of the app, or what the page of webhooks of the shop shows." },
    steps: ["In the shop: Settings, Notifications, Webhooks. URL: the URL above, format JSON."],
  },
  {
    id: "meta", title: "Meta", name: "Meta", what: "WhatsApp, Messenger, Instagram.",
    secret: { label: "App secret", hint: "In the app: Settings, Basic." },
    steps: ["In the app: Webhooks, Callback URL: the URL above. Verify token: the last part of the URL."],
  },
  {
    id: "twilio", title: "Twilio", name: "Twilio", what: "Messages and calls.",
    secret: { label: "Auth token", hint: "On the first page of the Twilio console." },
    steps: ["Where Twilio asks for a webhook: the URL above, method POST."],
  },
  {
    id: "standard-webhooks", title: "Standard Webhooks", name: "Webhooks",
    what: "Any sender with the headers webhook-id and webhook-signature.",
    secret: { label: "Signing secret (whsec_…)", hint: "The sender shows it. Its public key (whpk_…) will do, too." },
    steps: ["Register the URL above at the sender."],
  },
  {
    id: "svix", title: "Svix", name: "Svix", what: "Any sender with the headers svix-id and svix-signature.",
    secret: { label: "Signing secret (whsec_…)", hint: "The sender shows it. Its public key (whpk_…) will do, too." },
    steps: ["Register the URL above at the sender."],
  },
];

export function presetOf(id: string | undefined): Preset {
  return PRESETS.find((preset) => preset.id === id) ?? PRESETS[0]!;
}
