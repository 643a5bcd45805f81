export type Values = Readonly<Record<string, string | number>>;

/** Puts values into a text: `{name}`, and `{n|one|other}` by the plural rules of the language. */
export function fill(text: string, values: Values, locale: string): string {
  return text.replaceAll(
    /\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g,
    (whole, name: string, one?: string, other?: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      if (one === undefined)
        return typeof value === "number" ? new Intl.NumberFormat(locale).format(value) : value;
      return new Intl.PluralRules(locale).select(Number(value)) === "one" ? one : (other ?? "");
    },
  );
}
