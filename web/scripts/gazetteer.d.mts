export function citiesModule(source: string): string;
export const GAZETTEER: string;
export const MODULE: string;
