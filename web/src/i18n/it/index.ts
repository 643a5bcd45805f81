import { account } from "./account";
import { admin } from "./admin";
import { common } from "./common";
import { domain } from "./domain";
import { driver } from "./driver";
import { operations } from "./operations";
import { shipments } from "./shipments";
import type { Catalogue } from "..";

export const it: Catalogue = {
  ...account,
  ...admin,
  ...common,
  ...domain,
  ...driver,
  ...operations,
  ...shipments,
};
