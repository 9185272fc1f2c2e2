import { transformAsync } from "@babel/core";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// What the page tells a Relay user to have in their Babel configuration, applied to the page's Relay files.
const relay: Plugin = {
  name: "relay",
  enforce: "pre",
  async transform(code, id) {
    if (!/build\/relay\/\w+\.tsx$/.test(id)) return null;
    const folder = new URL("build/relay/", import.meta.url).pathname;
    const done = await transformAsync(code, {
      filename: id,
      cwd: folder,
      configFile: `${folder}babel.config.json`,
      presets: [["@babel/preset-typescript", { onlyRemoveTypeImports: true }]],
      parserOpts: { plugins: ["jsx"] },
      sourceMaps: true,
    });
    return done?.code ? { code: done.code, map: done.map } : null;
  },
};

export default defineConfig({
  plugins: [relay],
  oxc: { jsx: { runtime: "automatic" } },
  test: {
    globalSetup: "setup.ts",
    include: ["*.test.ts", "*.test.tsx"],
    fileParallelism: false,
    testTimeout: 30_000,
    retry: 2, // a machine that is busy with something else may once lose a source to its deadline
    environmentOptions: { happyDOM: { settings: { fetch: { disableSameOriginPolicy: true } } } },
  },
});
