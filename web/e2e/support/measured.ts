/** Prints a figure beside what it must reach. Figures are read by people: a busy machine is not a defect. */
export function measured(what: string, figure: string, goal: string): void {
  // eslint-disable-next-line no-console -- this is what the run is for
  console.info(`MEASURED ${what}: ${figure} (must reach: ${goal})`);
}
