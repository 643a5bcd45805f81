import { chooseLocale, LOCALES, t, useLocale } from "@/i18n";

/** The languages side by side, for pages in front of the sign-in. */
export function LocaleSwitch() {
  const locale = useLocale();
  return (
    <span className="flex gap-1" role="group" aria-label={t("locale.label")}>
      {LOCALES.map(({ code, name }) => (
        <button
          aria-pressed={locale === code}
          className="h-8 rounded-md px-2.5 text-sm text-ink-2 hover:text-ink aria-pressed:font-semibold aria-pressed:text-ink"
          key={code}
          lang={code}
          onClick={() => void chooseLocale(code)}
          type="button"
        >
          {name}
        </button>
      ))}
    </span>
  );
}
