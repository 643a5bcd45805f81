import { common } from "./common";
import { domain } from "./domain";

export const en = { ...common, ...domain } as const;
