import { createContext, useContext, useEffect, useRef, useSyncExternalStore, type ReactNode } from "react";
import { LiveConnection, type LiveState, type TokenSource } from "./connection";
import { browserEnvironment, socketAddress } from "./environment";

const Live = createContext<LiveConnection | null>(null);

/** Makes the page's one connection; it opens when somebody follows something. */
export function createLive(token: TokenSource): LiveConnection {
  return new LiveConnection(socketAddress(window.location), token, browserEnvironment());
}

/**
 * Gives a connection to everything inside. `user` is who is signed in: when that changes, what the one before saw is
 * forgotten.
 */
export function LiveProvider({
  connection,
  user,
  children,
}: {
  readonly connection: LiveConnection;
  readonly user: string | null;
  readonly children: ReactNode;
}) {
  const before = useRef(user);
  useEffect(() => {
    if (user !== before.current) {
      connection.signOut();
      before.current = user;
    }
    if (user !== null) connection.resume();
  }, [connection, user]);
  return <Live.Provider value={connection}>{children}</Live.Provider>;
}

/** The connection. */
export function useLive(): LiveConnection {
  const connection = useContext(Live);
  if (!connection) throw new Error("there is no <LiveProvider> around this");
  return connection;
}

/** How often to ask for what a topic brings: not at all while the connection brings it. */
export function usePollWhileAway(everyMs: number): number | false {
  return useLiveState() === "live" ? false : everyMs;
}

/** How the connection stands, for people. */
export function useLiveState(): LiveState {
  const connection = useLive();
  return useSyncExternalStore(
    (call) => connection.watch(call),
    () => connection.state,
    () => "idle",
  );
}
