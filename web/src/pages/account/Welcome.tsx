import type { ReactNode } from "react";
import { t, useLocale } from "@/i18n";
import { LocaleSwitch } from "@/app/LocaleSwitch";
import { Mark } from "@/app/Mark";
import { Icon } from "@/ui/icons";

/** The frame of the pages in front of the sign-in. */
export function Welcome({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  useLocale();
  return (
    <div className="grid min-h-dvh lg:grid-cols-[minmax(0,1fr)_minmax(0,1.1fr)]">
      <main className="flex flex-col px-6 py-6 sm:px-10">
        <div className="flex items-center justify-between">
          <span className="flex items-center gap-2.5 font-semibold tracking-tight">
            <Mark />
            {t("app.name")}
          </span>
          <LocaleSwitch />
        </div>
        <div className="mx-auto flex w-full max-w-md flex-1 flex-col justify-center py-10">
          <h1 className="pb-6 text-2xl font-semibold tracking-tight">{title}</h1>
          {children}
        </div>
      </main>
      <aside className="hidden flex-col justify-end border-l border-line bg-[#0d1b1e] p-14 text-[#edf1f0] lg:flex">
        <Lanes />
        <p className="max-w-md text-3xl leading-tight font-semibold tracking-tight">{t("signin.lead")}</p>
        <p className="mt-3 max-w-md text-base text-[#b9c3c0]">{t("signin.lead.detail")}</p>
        <ul className="mt-6 flex flex-col gap-2 text-sm text-[#b9c3c0]">
          {(["signin.point.rank", "signin.point.escrow", "signin.point.track"] as const).map((point) => (
            <li className="flex items-center gap-2" key={point}>
              <Icon className="text-[#f0a83c]" name="check" size={16} />
              {t(point)}
            </li>
          ))}
        </ul>
      </aside>
    </div>
  );
}

/** Lanes between places: a drawing, not data. */
function Lanes() {
  const stops = [
    [60, 210],
    [170, 90],
    [300, 170],
    [420, 60],
    [520, 190],
    [250, 270],
  ] as const;
  return (
    <svg aria-hidden="true" className="mb-auto w-full max-w-xl opacity-90" fill="none" viewBox="0 0 600 320">
      <g stroke="#2f4a4c" strokeWidth="1.5">
        <path d="M60 210C90 140 120 100 170 90s90 40 130 80 70-90 120-110 60 80 100 130" />
        <path d="M170 90c60-60 180-60 250-30M250 270c80 20 200 0 270-80M60 210c60 60 120 70 190 60" />
      </g>
      <path d="M60 210C90 140 120 100 170 90s90 40 130 80" stroke="#f0a83c" strokeWidth="2.5" />
      {stops.map(([x, y]) => (
        <circle cx={x} cy={y} fill="#0d1b1e" key={`${x}-${y}`} r="5" stroke="#6d8a8c" strokeWidth="2" />
      ))}
      <circle cx="300" cy="170" fill="#f0a83c" r="7" />
    </svg>
  );
}
