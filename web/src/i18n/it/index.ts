import { common } from "./common";
import { domain } from "./domain";
import type { Catalogue } from "..";

export const it: Catalogue = { ...common, ...domain };
