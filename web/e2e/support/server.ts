import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Good for every account of the tests. */
export const PASSWORD = "correct-horse-battery";

export type StaffRole = "broker" | "supervisor" | "finance" | "support" | "auditor" | "admin";

/** The program that is tested. */
export function binary(): string {
  const path = process.env["AUTOBROKER_BINARY"];
  if (!path) throw new Error("AUTOBROKER_BINARY must name the binary to test");
  return path;
}

/** A server with a fresh store of its own on a free port. */
export class Server {
  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly child: ChildProcess,
  ) {}

  /** Starts one. `staff` are made before, since nobody can register as them: `role@example.com`. */
  static async start(
    options: { readonly staff?: readonly StaffRole[]; readonly flags?: readonly string[] } = {},
  ) {
    const folder = mkdtempSync(join(tmpdir(), "autobroker-e2e-"));
    for (const role of options.staff ?? []) makeUser(folder, role);
    const limits = ["--rate-limit-user", "0", "--rate-limit-anonymous", "0"];
    const place = ["--listen", "127.0.0.1:0", "--data", folder];
    const child = spawn(binary(), ["--log", "text", "serve", ...place, ...limits, ...(options.flags ?? [])], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, RUST_LOG: process.env["RUST_LOG"] ?? "warn" },
    });
    child.stderr.pipe(process.stderr);
    return new Server(await addressOf(child), folder, child);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function addressOf(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error("the server's output is not to be had");
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /ready on (\S+) /.exec(line)?.[1];
    if (address) return address;
  }
  throw new Error("the server ended before it was ready");
}

function makeUser(folder: string, role: StaffRole): void {
  const arguments_ = [
    "user",
    "create",
    "--role",
    role,
    "--email",
    `${role}@example.com`,
    "--name",
    `The ${role}`,
  ];
  const made = spawnSync(binary(), [...arguments_, "--password-stdin", "--data", folder], {
    input: PASSWORD,
  });
  if (made.status !== 0) throw new Error(`no ${role}: ${made.error?.message ?? made.stderr.toString()}`);
}
