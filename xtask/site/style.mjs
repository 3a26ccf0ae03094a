// node style.mjs NODE_MODULES INPUT.css OUTPUT.css: follows the @imports, minifies, writes one file.
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";

const [modules, input, output] = process.argv.slice(2);
const { bundle } = createRequire(modules + "/")("lightningcss");
const { code, warnings } = bundle({ filename: input, minify: true, sourceMap: false });
for (const warning of warnings) {
  console.error(`${warning.loc?.filename ?? input}:${warning.loc?.line ?? "?"}: ${warning.message}`);
}
writeFileSync(output, code);
