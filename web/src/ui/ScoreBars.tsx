import { t, type TextKey } from "@/i18n";
import type { Terms } from "@/api/types";
import { formatNumber } from "./format";

/** The weights of a score: spec 4, the ranking. */
export const WEIGHTS = { price: 0.3, time: 0.3, reliability: 0.2, experience: 0.1, vehicle: 0.1 } as const;

type Term = keyof typeof WEIGHTS;

const TERMS = Object.keys(WEIGHTS) as readonly Term[];
const FILLS: Record<Term, string> = {
  price: "bg-term-price",
  time: "bg-term-time",
  reliability: "bg-term-reliability",
  experience: "bg-term-experience",
  vehicle: "bg-term-vehicle",
};

interface ScoreProps {
  readonly score: number;
  readonly terms: Terms;
  /** What preferences multiplied it by. */
  readonly factor?: number | null | undefined;
}

/** A score as one bar whose parts are its five terms, each as long as it counts. */
export function ScoreBar({ score, terms, factor }: ScoreProps) {
  const parts = TERMS.map(
    (term) => `${t(`terms.${term}`)} ${formatNumber(terms[term] * WEIGHTS[term], 2)}`,
  ).join(", ");
  return (
    <div className="flex items-center gap-2.5">
      <span className="w-9 text-right text-sm font-semibold tabular">{formatNumber(score * 100, 0)}</span>
      <div
        aria-label={t("terms.sum", { score: formatNumber(score * 100, 0), parts })}
        className="flex h-2.5 w-full min-w-24 overflow-hidden rounded-sm bg-sunken"
        role="img"
      >
        {TERMS.map((term) => (
          <span
            className={`h-full border-r border-surface last:border-0 ${FILLS[term]}`}
            key={term}
            style={{ width: `${terms[term] * WEIGHTS[term] * (factor ?? 1) * 100}%` }}
          />
        ))}
      </div>
    </div>
  );
}

/** The five terms one by one: how good, how much it counts, and what that gives. */
export function ScoreBars({ score, terms, factor }: ScoreProps) {
  return (
    <table className="w-full text-xs">
      <tbody>
        {TERMS.map((term) => (
          <tr key={term}>
            <th
              className="w-24 py-1 pr-3 text-left font-medium text-ink-2"
              scope="row"
              title={t(`terms.${term}.why` as TextKey)}
            >
              {t(`terms.${term}`)}
            </th>
            <td className="py-1">
              <span aria-hidden="true" className="block h-2 overflow-hidden rounded-sm bg-sunken">
                <span className={`block h-full ${FILLS[term]}`} style={{ width: `${terms[term] * 100}%` }} />
              </span>
            </td>
            <td className="w-28 py-1 pl-3 text-right whitespace-nowrap text-ink-2 tabular">
              {`${formatNumber(terms[term], 2)} × ${formatNumber(WEIGHTS[term], 1)} = ${formatNumber(terms[term] * WEIGHTS[term], 3)}`}
            </td>
          </tr>
        ))}
        <tr className="border-t border-line">
          <th className="py-1 text-left font-medium text-ink-2" colSpan={2} scope="row">
            {factor && factor !== 1 ? (
              t("terms.factor", { n: formatNumber(factor, 2) })
            ) : (
              <span className="sr-only">{t("terms.total")}</span>
            )}
          </th>
          <td className="py-1 text-right text-sm font-semibold tabular">{formatNumber(score, 3)}</td>
        </tr>
      </tbody>
    </table>
  );
}

export function ScoreLegend() {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-2">
      {TERMS.map((term) => (
        <li className="flex items-center gap-1.5" key={term} title={t(`terms.${term}.why` as TextKey)}>
          <span aria-hidden="true" className={`size-2.5 rounded-[2px] ${FILLS[term]}`} />
          {`${t(`terms.${term}`)} ${formatNumber(WEIGHTS[term] * 100)} %`}
        </li>
      ))}
    </ul>
  );
}
