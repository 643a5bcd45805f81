import { PASSWORD } from "./server";

/** An answer's `data`, as loose as the wire; the tests of the server check its shapes. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- see above
export type Data = any;

/** The API as a partner's program uses it: what a test needs to have happened before it looks at a page. */
export class Api {
  constructor(
    private readonly url: string,
    readonly token: string | null = null,
  ) {}

  async call(method: string, path: string, body?: object): Promise<Data> {
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (this.token !== null) headers["authorization"] = `Bearer ${this.token}`;
    // eslint-disable-next-line no-restricted-globals -- not a page
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? null : (JSON.parse(text) as { readonly data: Data }).data;
  }

  get(path: string): Promise<Data> {
    return this.call("GET", path);
  }

  post(path: string, body: object = {}): Promise<Data> {
    return this.call("POST", path, body);
  }

  async signIn(email: string): Promise<Api> {
    const { access_token } = await this.post("/auth/login", { email, password: PASSWORD });
    return new Api(this.url, access_token);
  }

  /** Registers somebody as `<name>@example.com` and signs in. */
  async join(role: "shipper" | "carrier" | "driver" | "facility", name: string): Promise<Api> {
    const email = emailOf(name);
    await this.post("/auth/register", {
      role,
      name,
      email,
      password: PASSWORD,
      organisation: `${name} & Co.`,
    });
    return this.signIn(email);
  }
}

export function emailOf(name: string): string {
  return `${name.toLowerCase().replaceAll(/[^a-z]+/g, ".")}@example.com`;
}

/** RFC 3339, so many hours from now. */
export function inHours(hours: number): string {
  return new Date(Date.now() + hours * 3_600_000).toISOString();
}

/** A load from Milan to Rome. */
export function shipmentBody(changes: object = {}): object {
  const place = (latitude: number, longitude: number, address: string, from: number, to: number) => ({
    latitude,
    longitude,
    address,
    window: { from: inHours(from), to: inHours(to) },
  });
  return {
    pickup: place(45.4642, 9.19, "Milano", 4, 8),
    delivery: place(41.9028, 12.4964, "Roma", 12, 24),
    cargo: { weight_kg: 8000, volume_m3: 30, kind: "general", requires: [] },
    tender: { mode: "broadcast" },
    auto_accept: false,
    ...changes,
  };
}

/** A box truck in Milan. */
export function truckBody(changes: object = {}): object {
  return {
    kind: "driver",
    vehicle: { type: "box_truck", capacity_kg: 12_000, capacity_m3: 50, year: 2022, features: ["lift_gate"] },
    base: { latitude: 45.4642, longitude: 9.19 },
    service_radius_km: 300,
    rate_per_km: { amount: "1.35", currency: "EUR" },
    licence_valid_until: "2030-12-31",
    insurance_valid_until: "2030-12-31",
    auto_bid: false,
    ...changes,
  };
}

/** A driver with a truck that is online near Milan; answers who may act for it and the agent's id. */
export async function onlineDriver(
  visitor: Api,
  name: string,
  changes: object = {},
  at = { latitude: 45.46, longitude: 9.18 },
): Promise<{ api: Api; agent: string }> {
  const api = await visitor.join("driver", name);
  const { id } = await api.post("/agents", truckBody(changes));
  await api.post(`/agents/${id}/online`);
  await api.post(`/agents/${id}/position`, at);
  return { api, agent: id };
}

/** A bid of that driver, selected and confirmed: the shipment is booked. */
export async function book(
  shipper: Api,
  driver: Api,
  agent: string,
  changes: object = {},
): Promise<{ readonly id: string; readonly reference: string }> {
  const { id, reference, pickup, delivery } = await shipper.post("/shipments", shipmentBody(changes));
  const price = { amount: "820.00", currency: "EUR" };
  const times = { pickup_at: pickup.window.from, delivery_at: delivery.window.from };
  const { id: bid } = await driver.post("/bids", { shipment_id: id, agent_id: agent, price, ...times });
  await shipper.post(`/bids/${bid}/select`);
  await driver.post(`/bids/${bid}/confirm`);
  return { id, reference };
}

/** Moves a booked trip as far as a status. */
export async function drive(driver: Api, shipment: string, until: string): Promise<void> {
  const steps = ["en_route_pickup", "loading", "in_transit", "unloading", "delivered"];
  for (const status of steps.slice(0, steps.indexOf(until) + 1)) {
    const proof = status === "delivered" ? { proof: { recipient: "Rita Recipient" } } : {};
    await driver.post(`/shipments/${shipment}/status`, { status, ...proof });
  }
}
