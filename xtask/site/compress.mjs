// node compress.mjs FOLDER: lays FILE.br and FILE.gz beside each file that gets smaller by it, where they are missing or old.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const WORTH = new Set([".css", ".html", ".ico", ".js", ".json", ".map", ".svg", ".txt", ".wasm", ".webmanifest", ".xml"]);
const ways = {
  ".br": (bytes) =>
    brotliCompressSync(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
  ".gz": (bytes) => gzipSync(bytes, { level: 9 }),
};

const modified = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? -1;

function visit(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = join(folder, entry.name);
    if (entry.isDirectory()) visit(file);
    else if (WORTH.has(extname(file))) {
      for (const [ending, compress] of Object.entries(ways)) {
        if (modified(file + ending) >= modified(file)) continue;
        const bytes = readFileSync(file);
        const small = compress(bytes);
        if (small.length < bytes.length) writeFileSync(file + ending, small);
        else rmSync(file + ending, { force: true });
      }
    }
  }
}

visit(process.argv[2]);
