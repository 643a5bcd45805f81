import { currentLocale } from "@/i18n";
import { CITIES } from "./cities";

export interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

export interface City extends Point {
  readonly code: string;
  readonly name: string;
  readonly country: string;
}

/** What Italians call them, where that differs from the gazetteer's English. */
const ITALIAN: Readonly<Record<string, string>> = {
  MIL: "Milano",
  ROM: "Roma",
  NAP: "Napoli",
  TRN: "Torino",
  GOA: "Genova",
  FLR: "Firenze",
  VCE: "Venezia",
  PAD: "Padova",
  PAR: "Parigi",
  LYS: "Lione",
  MRS: "Marsiglia",
  NCE: "Nizza",
  TLS: "Tolosa",
  LIL: "Lilla",
  STR: "Strasburgo",
  BER: "Berlino",
  HAM: "Amburgo",
  MUC: "Monaco di Baviera",
  CGN: "Colonia",
  FRA: "Francoforte",
  STU: "Stoccarda",
  LEJ: "Lipsia",
  NUE: "Norimberga",
  VIE: "Vienna",
  ZRH: "Zurigo",
  BSL: "Basilea",
  BCN: "Barcellona",
  SVQ: "Siviglia",
  ZAZ: "Saragozza",
  LIS: "Lisbona",
  BRU: "Bruxelles",
  ANR: "Anversa",
  WAW: "Varsavia",
  KRK: "Cracovia",
  WRO: "Breslavia",
  PRG: "Praga",
  BTS: "Bratislava",
  LJU: "Lubiana",
  ZAG: "Zagabria",
  BEG: "Belgrado",
  BUH: "Bucarest",
  ATH: "Atene",
  SKG: "Salonicco",
  CPH: "Copenaghen",
  STO: "Stoccolma",
  GOT: "Göteborg",
  DUB: "Dublino",
  LUX: "Lussemburgo",
};

const ALL: readonly City[] = CITIES.map(([code, name, country, latitude, longitude]) => ({
  code,
  name,
  country,
  latitude,
  longitude,
}));

/** All of the gazetteer. */
export function everyCity(): readonly City[] {
  return ALL;
}

export function cityName(city: City): string {
  return currentLocale().startsWith("it") ? (ITALIAN[city.code] ?? city.name) : city.name;
}

/** What a city of the gazetteer is called in the page's language, by its English name. */
export function cityNamed(name: string): string {
  const city = ALL.find((known) => known.name === name);
  return city ? cityName(city) : name;
}

/** The city of a code. */
export function cityOf(code: string): City | null {
  return ALL.find((city) => city.code === code) ?? null;
}

const EARTH_KM = 6371.0088;

/** Great-circle distance. */
export function distanceKm(a: Point, b: Point): number {
  const rad = Math.PI / 180;
  const [dLat, dLon] = [(b.latitude - a.latitude) * rad, (b.longitude - a.longitude) * rad];
  const h =
    Math.sin(dLat / 2) ** 2 +
    Math.cos(a.latitude * rad) * Math.cos(b.latitude * rad) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.sqrt(h));
}

export function nearestCity(point: Point): { readonly city: City; readonly km: number } | null {
  let best: { city: City; km: number } | null = null;
  for (const city of ALL) {
    const km = distanceKm(city, point);
    if (!best || km < best.km) best = { city, km };
  }
  return best;
}

/** Beyond this a city's name would mislead: coordinates are shown instead. */
const NEAR_KM = 40;

/** Where a stop is, in few words: the city it lies in or near. */
export function placeOf(point: Point): string {
  const near = nearestCity(point);
  if (near && near.km <= NEAR_KM) return cityName(near.city);
  return `${point.latitude.toFixed(3)}, ${point.longitude.toFixed(3)}`;
}

/** A `geo:` address, which a phone opens with its own navigation; elsewhere a map page. */
export function navigationAddress(point: Point): string {
  const pair = `${point.latitude},${point.longitude}`;
  if (/android/i.test(navigator.userAgent)) return `geo:${pair}?q=${pair}`;
  if (/iphone|ipad/i.test(navigator.userAgent)) return `maps://?daddr=${pair}`;
  return `https://www.openstreetmap.org/directions?to=${encodeURIComponent(pair)}`;
}
