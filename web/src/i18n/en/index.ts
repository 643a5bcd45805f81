import { account } from "./account";
import { admin } from "./admin";
import { desk } from "./desk";
import { shell } from "./shell";
import { dispatch } from "./dispatch";
import { domain } from "./domain";
import { driver } from "./driver";
import { facility } from "./facility";
import { operations } from "./operations";
import { problems } from "./problems";
import { shipments } from "./shipments";
import { tracking } from "./tracking";
import { trucks } from "./trucks";

export const en = {
  ...account,
  ...admin,
  ...desk,
  ...shell,
  ...dispatch,
  ...domain,
  ...driver,
  ...facility,
  ...operations,
  ...problems,
  ...shipments,
  ...tracking,
  ...trucks,
} as const;
