import { defineConfig } from "vite";

// The service serves the result at /console/ under a strict Content-Security-Policy, so nothing may
// be inlined into the page: no polyfill, no small files as data URLs.
export default defineConfig({
  base: "/console/",
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
});
