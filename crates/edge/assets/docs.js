// Draws /openapi.json. Text is only ever set as text, never as markup.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];
const DEPTH_MAX = 6;

function inline(value) {
  return typeof value === "string" ? value : String(JSON.stringify(value));
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function resolve(api, value) {
  let found = value;
  while (found && found.$ref) {
    found = found.$ref.slice(2).split("/").reduce((at, key) => at?.[key], api);
  }
  return found ?? {};
}

// A schema as an example-like value: names with their types, so that the shape is seen at a glance.
function shape(api, schema, depth = 0) {
  const found = resolve(api, schema);
  if (depth > DEPTH_MAX) return "...";
  if (found.allOf) return Object.assign({}, ...found.allOf.map((part) => shape(api, part, depth + 1)));
  const choices = (found.oneOf ?? found.anyOf ?? []).filter((part) => part.type !== "null");
  if (choices.length === 1) return shape(api, choices[0], depth);
  if (choices.length > 1) return choices.map((part) => shape(api, part, depth + 1));
  if (found.enum) return found.enum.join(" | ");
  const types = [found.type].flat().filter((type) => type && type !== "null");
  if (found.properties) {
    const required = new Set(found.required ?? []);
    return Object.fromEntries(
      Object.entries(found.properties).map(([name, part]) => [
        required.has(name) ? name : `${name}?`,
        shape(api, part, depth + 1),
      ]),
    );
  }
  if (types[0] === "array") return [shape(api, found.items ?? {}, depth + 1)];
  const limits = ["format", "minimum", "maximum", "minLength", "maxLength", "pattern"]
    .filter((key) => found[key] !== undefined)
    .map((key) => (key === "format" ? found[key] : `${key} ${found[key]}`));
  return [types[0] ?? "any", ...limits].join(", ");
}

function parameters(api, operation) {
  const rows = (operation.parameters ?? []).map((parameter) => resolve(api, parameter));
  if (rows.length === 0) return null;
  const body = rows.map((row) =>
    element("tr", {},
      element("td", {}, element("code", {}, row.name), row.required ? " *" : ""),
      element("td", {}, row.in),
      element("td", {}, element("code", {}, inline(shape(api, row.schema)))),
      element("td", {}, row.description ?? "")));
  const head = element("tr", {}, ...["Name", "In", "Type", ""].map((text) => element("th", {}, text)));
  return element("table", {}, head, ...body);
}

function block(title, api, content) {
  const schema = Object.values(content ?? {})[0]?.schema;
  if (!schema) return null;
  const text = JSON.stringify(shape(api, schema), null, 2);
  return element("details", {}, element("summary", {}, title), element("pre", {}, text));
}

function responses(api, operation) {
  return Object.entries(operation.responses ?? {}).map(([status, response]) => {
    const found = resolve(api, response);
    const title = `${status} ${found.description ?? ""}`;
    return block(title, api, found.content) ?? element("p", {}, title);
  });
}

function draw(api, path, method, operation) {
  const credentials = (operation.security ?? []).length > 0 ? "needs a token or key" : "open to everybody";
  return element("article", { id: operation.operationId },
    element("h3", {}, element("span", { class: "method" }, method), element("code", {}, path)),
    element("p", {}, [operation.summary, operation.description].filter(Boolean).join(" ")),
    element("p", {}, element("small", {}, credentials)),
    parameters(api, operation),
    block("Body", api, resolve(api, operation.requestBody).content),
    ...responses(api, operation));
}

function show(api, text) {
  const wanted = text.trim().toLowerCase();
  const groups = new Map();
  const articles = [];
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((name) => item[name])) {
      const operation = item[method];
      const words = `${method} ${path} ${operation.summary ?? ""}`.toLowerCase();
      if (!words.includes(wanted)) continue;
      const group = operation.tags?.[0] ?? path.split("/").filter(Boolean)[2] ?? "other";
      if (!groups.has(group)) groups.set(group, []);
      const link = element("a", { href: `#${operation.operationId}` }, `${method.toUpperCase()} ${path}`);
      groups.get(group).push(link);
      articles.push(draw(api, path, method, operation));
    }
  }
  const contents = [...groups].flatMap(([name, links]) => [element("h2", {}, name), ...links]);
  document.getElementById("contents").replaceChildren(...contents);
  const none = element("p", {}, "No operation fits the filter.");
  document.getElementById("operations").replaceChildren(...(articles.length > 0 ? articles : [none]));
}

async function start() {
  const operations = document.getElementById("operations");
  try {
    const answer = await fetch("/openapi.json");
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const api = await answer.json();
    document.getElementById("about").prepend(`Version ${api.info.version}. ${api.info.description} `);
    const filter = document.getElementById("filter");
    filter.addEventListener("input", () => show(api, filter.value));
    show(api, "");
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  } catch (error) {
    operations.replaceChildren(element("p", {}, `The document could not be loaded: ${error.message}`));
  }
}

start();
