// Builds what the console's pages load in a browser. In: scripts/, styles/ and icon.svg beside this file, npm packages.
// Out: the folder ../static, with a manifest from names to files whose names change with their content.
// Every file in scripts/ and styles/ that does not begin with an underscore is an entry of its own.
import { readdirSync, readFileSync, rmSync, mkdirSync, writeFileSync, statSync } from "node:fs";
import { dirname, join, basename, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "static");
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const entries = (folder, ending) =>
  readdirSync(join(here, folder)).filter((name) => name.endsWith(ending) && !name.startsWith("_")).map((name) => join(here, folder, name));
const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  metafile: true,
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".svg": "file" },
  target: ["chrome120", "firefox121", "safari17.4"],
  legalComments: "none",
  logLevel: "warning",
};
const isClassic = (path) => basename(path) === "theme.js"; // runs before the page is painted, so it is no module
const scripts = entries("scripts", ".js");
const results = await Promise.all([
  build({ ...common, entryPoints: scripts.filter((path) => !isClassic(path)), format: "esm", splitting: true }),
  build({ ...common, entryPoints: scripts.filter(isClassic), format: "iife" }),
  build({ ...common, entryPoints: entries("styles", ".css") }),
  build({ ...common, entryPoints: [join(here, "icon.svg")], loader: { ".svg": "copy" } }),
]);

const manifest = {};
for (const { metafile } of results) {
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (entryPoint) manifest[basename(entryPoint)] = basename(path);
  }
}
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");

// The icons that templates name, as the insides of <svg> elements.
const files = (folder) => readdirSync(folder).flatMap((name) => (statSync(join(folder, name)).isDirectory() ? files(join(folder, name)) : [join(folder, name)]));
const sources = files(join(here, "..", "templates")).filter((path) => extname(path) === ".html").map((path) => readFileSync(path, "utf8"));
const inside = readFileSync(join(here, "icons.txt"), "utf8").split(/\s+/).filter(Boolean);
const named = new Set(inside);
for (const source of sources) for (const found of source.matchAll(/(?:icon|empty|row_action)\((?:webhook, "\w+", )?"([a-z0-9-]+)"/g)) named.add(found[1]);
const icons = {};
for (const name of [...named].sort()) {
  const svg = readFileSync(join(here, "node_modules/@tabler/icons/icons/outline", `${name}.svg`), "utf8");
  icons[name] = svg.replace(/<!--[\s\S]*?-->/g, "").replace(/^[\s\S]*?<svg[\s\S]*?>/, "").replace(/<\/svg>\s*$/, "").replace(/\s*\n\s*/g, "").trim();
}
writeFileSync(join(out, "icons.json"), JSON.stringify(icons, null, 1) + "\n");
