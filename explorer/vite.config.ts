import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

import { compressed } from "./compress.ts";

const SERVER = "http://127.0.0.1:8000";

// GraphiQL titles its icons by the names of their functions, which a bundler shortens: "close icon" would become "ru icon".
const namedIcons: Plugin = {
  name: "named-icons",
  transform: (code, id) =>
    id.includes("@graphiql/react/dist/icons/index.js")
      ? code.replace(/generateIcon\(Svg(\w+)\)/g, 'generateIcon(Svg$1, "$1")').replace("(RawComponent)", "(RawComponent, name)").replace("RawComponent.name", "name")
      : null,
};

export default defineConfig({
  base: "/explorer/",
  plugins: [react(), compressed(), namedIcons],
  build: {
    outDir: "../transport/pages/explorer",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      // Packages compiled by the React compiler carry a directive that means nothing to a bundler.
      onwarn: (warning, report) => {
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") report(warning);
      },
    },
  },
  worker: { format: "es" },
  server: { proxy: { "/graphql": SERVER, "/schema.graphql": SERVER, "/oauth": SERVER, "/session": SERVER } },
  test: { include: ["src/**/*.test.ts"] },
});
