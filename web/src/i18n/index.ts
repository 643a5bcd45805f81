import { useSyncExternalStore } from "react";
import { keep, type Locale } from "@/app/preferences";
import type { en } from "./en";
import { fill, type Values } from "./fill";

/** Every text there is; a key that no catalogue has does not compile. */
export type TextKey = keyof typeof en;
export type Catalogue = Readonly<Record<TextKey, string>>;

const LOADERS: Record<Locale, () => Promise<Catalogue>> = {
  en: () => import("./en").then((module) => module.en),
  it: () => import("./it").then((module) => module.it),
};

export const LOCALES: readonly { readonly code: Locale; readonly name: string }[] = [
  { code: "en", name: "English" },
  { code: "it", name: "Italiano" },
];

let locale: Locale = "en";
let catalogue: Partial<Catalogue> = {};
const watchers = new Set<() => void>();

/** Makes a language the page's; other pages of the device follow at their next start. */
export async function loadCatalogue(next: Locale): Promise<void> {
  catalogue = await LOADERS[next]();
  locale = next;
  document.documentElement.lang = next;
  for (const call of [...watchers]) call();
}

export async function chooseLocale(next: Locale): Promise<void> {
  await loadCatalogue(next);
  keep("locale", next);
}

/** The text of a key. `{name}` is replaced by a value, `{n|load|loads}` by the form that fits the number. */
export function t(key: TextKey, values: Values = {}): string {
  return fill(catalogue[key] ?? key, values, currentLocale());
}

/** The text of a key that comes from data, such as a refusal's code; nothing where no catalogue knows it. */
export function tMaybe(prefix: string, name: string, values: Values = {}): string | null {
  const text = (catalogue as Readonly<Record<string, string>>)[`${prefix}.${name}`];
  return text === undefined ? null : fill(text, values, currentLocale());
}

/** The same for names such as a status: what no catalogue knows is shown as it came. */
export function tKnown(prefix: string, name: string, values: Values = {}): string {
  return tMaybe(prefix, name, values) ?? name.replaceAll("_", " ");
}

/** For `Intl`: amounts, dates and numbers as Europe writes them. */
const REGIONS: Record<Locale, string> = { en: "en-GB", it: "it-IT" };

export function currentLocale(): string {
  return REGIONS[locale];
}

/** Shows the component again when the language changes, and answers it. */
export function useLocale(): Locale {
  return useSyncExternalStore(
    (call) => {
      watchers.add(call);
      return () => watchers.delete(call);
    },
    () => locale,
  );
}
