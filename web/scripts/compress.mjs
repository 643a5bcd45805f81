/**
 * Leaves `name.br` and `name.gz` beside every file of the build that gets smaller by it; the server sends what the
 * browser takes. Images and fonts are compressed already.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const DIST = new URL("../dist/", import.meta.url).pathname;
const TEXT = /\.(html|js|mjs|css|json|geojson|svg|webmanifest|txt|wasm)$/;
/** Below this the headers cost more than is saved. */
const BYTES_MIN = 1024;

async function compress(path) {
  const bytes = await readFile(path);
  if (bytes.length < BYTES_MIN) return;
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const [small, less] = await Promise.all([
    promisify(brotliCompress)(bytes, { params: quality }),
    promisify(gzip)(bytes, { level: 9 }),
  ]);
  if (small.length < bytes.length) await writeFile(`${path}.br`, small);
  if (less.length < bytes.length) await writeFile(`${path}.gz`, less);
}

const entries = await readdir(DIST, { recursive: true, withFileTypes: true });
const files = entries.filter((entry) => entry.isFile() && TEXT.test(entry.name));
await Promise.all(files.map((entry) => compress(join(entry.parentPath ?? entry.path, entry.name))));
