import type { components } from "./schema";

type Schemas = components["schemas"];

export type Money = Schemas["WireMoney"];
export type Shipment = Schemas["WireShipment"];
export type Bid = Schemas["WireBid"];
export type Agent = Schemas["WireAgent"];
export type Payment = Schemas["WirePayment"];
export type Role = Schemas["WireRole"];
export type Me = Schemas["Me"];
export type NewShipment = Schemas["NewShipment"];
export type HistoryEvent = Schemas["HistoryEvent"];
export type User = Schemas["UserView"];
export type Terms = Schemas["WireTerms"];
export type TripStatus = Schemas["TripStatus"];
export type Window = Schemas["WireWindow"];
export type Issue = Schemas["WireIssue"];
export type IssueKind = Schemas["WireIssueKind"];
export type Share = Schemas["WireShare"];
export type Document = Schemas["WireDocument"];
export type Place = Schemas["WirePlace"];
export type Tracking = Schemas["PublicTracking"];
export type Statement = Schemas["CarrierStatement"];
export type Plan = Schemas["WirePlan"];
export type Alert = Schemas["WireAlert"];
export type Eta = Schemas["WireEta"];
export type Device = Schemas["WireDevice"];
