/** What a connection needs of the outside: given, so that tests turn time and cut wires themselves. */

/** The part of a `WebSocket` that is used. */
export interface Socket {
  binaryType: string;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  send(data: string | ArrayBuffer | Uint8Array<ArrayBuffer>): void;
  close(): void;
}

export interface Environment {
  /** Opens a socket. */
  open(url: string): Socket;
  /** Calls later; the answer cancels. */
  after(ms: number, call: () => void): () => void;
  /** From 0 to below 1. */
  random(): number;
  /** Whether the device believes to have a network. */
  isOnline(): boolean;
  /** Calls when the device's network comes or goes, or the page is looked at again; the answer stops that. */
  onChange(call: () => void): () => void;
}

/** The browser's. */
export function browserEnvironment(): Environment {
  return {
    // The browser types its handlers with `this`, which ours do not use.
    open: (url) => new WebSocket(url) as unknown as Socket,
    after: (ms, call) => {
      const timer = setTimeout(call, ms);
      return () => clearTimeout(timer);
    },
    random: Math.random,
    isOnline: () => navigator.onLine,
    onChange: (call) => {
      const seen = () => {
        if (document.visibilityState === "visible") call();
      };
      window.addEventListener("online", call);
      window.addEventListener("offline", call);
      document.addEventListener("visibilitychange", seen);
      return () => {
        window.removeEventListener("online", call);
        window.removeEventListener("offline", call);
        document.removeEventListener("visibilitychange", seen);
      };
    },
  };
}

/** The address of the server's WebSocket beside a page's own. */
export function socketAddress(page: { readonly protocol: string; readonly host: string }): string {
  return `${page.protocol === "https:" ? "wss" : "ws"}://${page.host}/api/v1/ws`;
}
