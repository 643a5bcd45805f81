/** Line icons on a grid of 20, drawn with the text's colour. They say nothing to a screen reader: a label does. */
const PATHS = {
  arrowRight: "M4 10h12m-4-4 4 4-4 4",
  back: "M16 10H4m4-4-4 4 4 4",
  bell: "M6 8a4 4 0 1 1 8 0c0 4 2 5 2 5H4s2-1 2-5m2.5 7.5a1.6 1.6 0 0 0 3 0",
  board: "M3 4h4v12H3zM8 4h4v8H8zM13 4h4v10h-4z",
  camera: "M3 7h3l1.5-2h5L14 7h3v9H3zM10 13.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5",
  check: "m4 10.5 4 4 8-9",
  chevronDown: "m5 8 5 5 5-5",
  chevronRight: "m8 5 5 5-5 5",
  chevronUp: "m5 12 5-5 5 5",
  clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14m0-11v4l3 2",
  close: "m5 5 10 10M15 5 5 15",
  coins:
    "M8 8c3 0 5-1 5-2.500S11 3 8 3 3 4 3 5.500 5 8 8 8M3 5.500v4C3 11 5 12 8 12M3 9.500v4C3 15 5 16 8 16s5-1 5-2.500v-8M13 8c2.500.2 4 1 4 2.500S15.500 13 13 13m4-2.500v3c0 1.500-1.500 2.300-4 2.500",
  device: "M6 2.500h8v15H6zM9 15h2",
  document: "M5 3h7l3 3v11H5zM12 3v3h3M7.500 10h5m-5 3h5",
  download: "M10 3v9m-4-4 4 4 4-4M4 16h12",
  external: "M11 4h5v5m0-5-7 7M8 5H4v11h11v-4",
  filter: "M3 5h14l-5.500 6v5l-3-1.500V11z",
  flag: "M5 17V4h9l-2 3 2 3H5",
  home: "M3 9.500 10 4l7 5.500M5 8.500V16h10V8.500",
  key: "M7.500 12.500a3.500 3.500 0 1 1 3.300-4.700H17v3h-2v2h-2.500v-2h-1.700a3.500 3.500 0 0 1-3.300 1.700M7 9h.01",
  link: "M8.500 11.500a3 3 0 0 0 4.200 0l2.500-2.500a3 3 0 0 0-4.200-4.200l-1 1m1.500 2.700a3 3 0 0 0-4.200 0l-2.500 2.500a3 3 0 0 0 4.200 4.200l1-1",
  map: "m3 5 4.500-2 5 2L17 3v12l-4.500 2-5-2L3 17zM7.500 3v12m5-10v12",
  menu: "M3 6h14M3 10h14M3 14h14",
  navigate: "m3 10 14-6-6 14-2-6z",
  package: "m10 3 7 3.500v7L10 17l-7-3.500v-7zM3 6.500l7 3.500 7-3.500M10 10v7",
  person: "M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6m-6 7c0-3 2.700-5 6-5s6 2 6 5",
  people:
    "M7.500 10a2.800 2.800 0 1 0 0-5.600 2.800 2.800 0 0 0 0 5.600M2.500 16c0-2.500 2.200-4 5-4s5 1.500 5 4m0-6a2.500 2.500 0 1 0-1-4.800m2.500 7c2.200.300 3.500 1.700 3.500 3.800",
  phone:
    "M6 3H4a1 1 0 0 0-1 1c0 7 6 13 13 13a1 1 0 0 0 1-1v-2l-4-2-1.500 1.500C9.500 12.500 7.500 10.500 6.500 8.500L8 7z",
  plus: "M10 4v12M4 10h12",
  pulse: "M2.500 10h4l2-5 3 10 2-5h4",
  search: "M9 14.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11m4-1.500 4 4",
  settings: "M3 6h8m4 0h2M3 14h2m4 0h8M13 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4m-6 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4",
  shield: "m10 3 6 2v5c0 4-3 6-6 7-3-1-6-3-6-7V5z",
  star: "m10 3 2.200 4.600 5 .700-3.600 3.500.9 5L10 14.400 5.500 16.800l.9-5L2.800 8.300l5-.7z",
  table: "M3 4h14v12H3zM3 8h14M3 12h14M8 4v12",
  trash: "M4 6h12M8 6V4h4v2m-6 0 .7 10h6.600L14 6",
  truck:
    "M2 5h9v9H2zM11 8h4l3 3v3h-7M5.500 16a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3m9 0a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3",
  upload: "M10 13V4M6 8l4-4 4 4M4 16h12",
  warehouse: "M3 17V7l7-4 7 4v10M6 17v-6h8v6M6 14h8",
  warning: "M10 4 2.500 16.500h15zM10 9v3.500m0 1.800v.2",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({
  name,
  size = 18,
  className,
}: {
  readonly name: IconName;
  readonly size?: number;
  readonly className?: string;
}) {
  return (
    <svg
      aria-hidden="true"
      className={className}
      fill="none"
      height={size}
      stroke="currentColor"
      strokeLinecap="round"
      strokeLinejoin="round"
      strokeWidth={1.5}
      viewBox="0 0 20 20"
      width={size}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
