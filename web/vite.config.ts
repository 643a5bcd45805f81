import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { VitePWA } from "vite-plugin-pwa";
import { defineConfig } from "vitest/config";

/** Where the API answers while the pages are developed. */
const API = process.env["AUTOBROKER_API"] ?? "http://127.0.0.1:8000";
const proxied = Object.fromEntries(
  ["/api", "/health", "/metrics", "/settings.json", "/openapi.json"].map((path) => [
    path,
    { target: API, ws: path === "/api" },
  ]),
);

export default defineConfig({
  plugins: [
    react(),
    tailwindcss(),
    VitePWA({
      registerType: "prompt",
      // The registration is part of our own script: the policy of the pages forbids inline ones.
      injectRegister: false,
      manifest: {
        name: "Auto-Broker",
        short_name: "Auto-Broker",
        description: "Freight, brokered in the open",
        theme_color: "#0d1b1e",
        background_color: "#f6f7f7",
        display: "standalone",
        start_url: "/",
        icons: [
          { src: "/icon.svg", sizes: "any", type: "image/svg+xml", purpose: "any" },
          { src: "/icon-192.png", sizes: "192x192", type: "image/png" },
          { src: "/icon-512.png", sizes: "512x512", type: "image/png" },
          { src: "/icon-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
        ],
      },
      workbox: {
        // The map is large and of no use without a network: it is fetched when it is first shown.
        globPatterns: ["**/*.{js,css,html,svg}", "**/inter-latin-wght*.woff2"],
        globIgnores: ["**/engine*", "**/maplibre*", "**/basemap*", "**/uPlot*"],
        navigateFallback: "/index.html",
        navigateFallbackDenylist: [/^\/api\//, /^\/docs/, /^\/health/, /^\/metrics/, /^\/openapi/],
        inlineWorkboxRuntime: true,
      },
    }),
  ],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: { target: "es2023", sourcemap: false, assetsInlineLimit: 0, chunkSizeWarningLimit: 1200 },
  server: { proxy: proxied },
  preview: { proxy: proxied },
  test: {
    environment: "node",
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    // A fuse for what hangs; a busy machine is not a defect.
    testTimeout: 60_000,
  },
});
