import { useEffect, useRef } from "react";
import { currentLocale } from "@/i18n";
import { useTheme } from "@/app/mapping";

interface ChartProps {
  /** Says what it shows, with its figures: a chart is beside a table, never instead of it. */
  readonly label: string;
  /** Days as Unix seconds. */
  readonly days: readonly number[];
  readonly values: readonly number[];
  readonly format: (value: number) => string;
}

const HEIGHT_PX = 180;

/** Bars by day. The chart library is loaded when the first chart is shown. */
export function Chart({ label, days, values, format }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    let gone = false;
    let destroy: () => void = () => {};
    void Promise.all([import("uplot"), import("uplot/dist/uPlot.min.css")]).then(([{ default: Plot }]) => {
      if (gone) return;
      const style = getComputedStyle(document.documentElement);
      const colour = (name: string) => style.getPropertyValue(`--${name}`);
      const font = `11px ${style.getPropertyValue("font-family")}`;
      const axis = {
        stroke: colour("ink-3"),
        font,
        grid: { stroke: colour("line"), width: 1 },
        ticks: { show: false },
      };
      const dates = new Intl.DateTimeFormat(currentLocale(), { day: "numeric", month: "short" });
      const plot = new Plot(
        {
          width: element.clientWidth,
          height: HEIGHT_PX,
          legend: { show: false },
          cursor: { show: false },
          scales: { x: { time: true }, y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
          axes: [
            {
              ...axis,
              grid: { show: false },
              values: (_, ticks) => ticks.map((tick) => dates.format(tick * 1000)),
              incrs: [86_400, 172_800, 604_800],
            },
            { ...axis, size: 70, values: (_, ticks) => ticks.map(format) },
          ],
          series: [
            {},
            {
              fill: colour("brand"),
              stroke: colour("brand"),
              width: 0,
              points: { show: false },
              ...(Plot.paths.bars ? { paths: Plot.paths.bars({ size: [0.7, 28] }) } : {}),
            },
          ],
        },
        [[...days], [...values]],
        element,
      );
      const resized = new ResizeObserver(() =>
        plot.setSize({ width: element.clientWidth, height: HEIGHT_PX }),
      );
      resized.observe(element);
      destroy = () => {
        resized.disconnect();
        plot.destroy();
      };
    });
    return () => {
      gone = true;
      destroy();
    };
  }, [days, values, format, theme]);
  return <div aria-label={label} className="w-full" ref={place} role="img" style={{ height: HEIGHT_PX }} />;
}
