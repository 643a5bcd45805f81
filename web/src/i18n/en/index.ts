import { account } from "./account";
import { admin } from "./admin";
import { common } from "./common";
import { domain } from "./domain";
import { driver } from "./driver";
import { operations } from "./operations";
import { shipments } from "./shipments";

export const en = {
  ...account,
  ...admin,
  ...common,
  ...domain,
  ...driver,
  ...operations,
  ...shipments,
} as const;
