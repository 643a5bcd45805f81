/* eslint-disable no-restricted-globals -- the one place that keeps things on the device; none of them is a secret */
import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";
export type Locale = "it" | "en";

const watchers = new Set<() => void>();

/** What a browser keeps may be forbidden (a private window): then it is forgotten with the page. */
const kept = new Map<string, string>();

export function recall(name: string): string | null {
  try {
    return localStorage.getItem(`autobroker.${name}`);
  } catch {
    return kept.get(name) ?? null;
  }
}

export function keep(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`autobroker.${name}`);
    else localStorage.setItem(`autobroker.${name}`, value);
  } catch {
    if (value === null) kept.delete(name);
    else kept.set(name, value);
  }
  for (const call of [...watchers]) call();
}

function watch(call: () => void): () => void {
  watchers.add(call);
  return () => watchers.delete(call);
}

/** A preference of this device as state. */
export function usePreference(name: string): [string | null, (value: string | null) => void] {
  const value = useSyncExternalStore(watch, () => recall(name));
  return [value, (next) => keep(name, next)];
}

export function storedTheme(): Theme {
  const theme = recall("theme");
  return theme === "light" || theme === "dark" ? theme : "system";
}

export function storedLocale(): Locale {
  const chosen = recall("locale");
  if (chosen === "it" || chosen === "en") return chosen;
  return navigator.language.toLowerCase().startsWith("it") ? "it" : "en";
}

/** Puts the theme on the page, now and whenever the device's changes. */
export function applyTheme(): void {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const theme = storedTheme();
    const shown = theme === "system" ? (dark.matches ? "dark" : "light") : theme;
    document.documentElement.dataset["theme"] = shown;
  };
  dark.addEventListener("change", apply);
  watchers.add(apply);
  apply();
}
