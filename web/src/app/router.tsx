import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
  Outlet,
  parseSearchWith,
  stringifySearchWith,
} from "@tanstack/react-router";
import { t } from "@/i18n";
import { ButtonLink } from "@/ui/Button";
import { Empty } from "@/ui/States";
import { Crashed } from "./Crashed";
import { startOf } from "./nav";
import { Shell } from "./Shell";
import { useKnownMe } from "./useMe";

function NotFound() {
  return (
    <main>
      <Empty detail={t("app.notfound.detail")} heading="h1" icon="map" title={t("app.notfound")}>
        <ButtonLink look="primary" to="/">
          {t("app.home")}
        </ButtonLink>
      </Empty>
    </main>
  );
}

function Start() {
  return <Navigate replace to={startOf(useKnownMe().role)} />;
}

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Crashed });
const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });

/** The router reads what looks like a number or a truth value as one; both are written again as they stood. */
const text = (value: unknown) =>
  ["string", "number", "boolean"].includes(typeof value) ? String(value) : undefined;
/** Search parameters as optional texts: what a person puts into an address is never trusted to be there or right. */
function texts<K extends string>(...names: K[]) {
  return (search: Record<string, unknown>): Partial<Record<K, string>> => {
    const found = names.flatMap((name) =>
      text(search[name]) === undefined ? [] : [[name, text(search[name])]],
    );
    return Object.fromEntries(found) as Partial<Record<K, string>>;
  };
}

const open = [
  createRoute({
    getParentRoute: () => root,
    path: "/signin",
    validateSearch: texts("to"),
    component: lazyRouteComponent(() => import("@/pages/account/SignIn"), "SignIn"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/signup",
    component: lazyRouteComponent(() => import("@/pages/account/SignUp"), "SignUp"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/t/$token",
    component: lazyRouteComponent(() => import("@/pages/shipments/PublicTracking"), "PublicTracking"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/design",
    component: lazyRouteComponent(() => import("@/pages/design/Design"), "Design"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/design/map",
    component: lazyRouteComponent(() => import("@/pages/design/CrowdedMap"), "CrowdedMap"),
  }),
] as const;

const inside = [
  createRoute({ getParentRoute: () => shell, path: "/", component: Start }),
  createRoute({
    getParentRoute: () => shell,
    path: "/profile",
    component: lazyRouteComponent(() => import("@/pages/account/Profile"), "Profile"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/shipments",
    validateSearch: texts("status", "from", "to", "at", "near", "within", "sort", "page"),
    component: lazyRouteComponent(() => import("@/pages/shipments/ShipmentList"), "ShipmentList"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/shipments/new",
    component: lazyRouteComponent(() => import("@/pages/shipments/NewShipment"), "NewShipment"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/shipments/import",
    component: lazyRouteComponent(() => import("@/pages/shipments/ImportShipments"), "ImportShipments"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/shipments/$id",
    component: lazyRouteComponent(() => import("@/pages/shipments/ShipmentPage"), "ShipmentPage"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/drive",
    component: lazyRouteComponent(() => import("@/pages/driver/Drive"), "Drive"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/earnings",
    component: lazyRouteComponent(() => import("@/pages/driver/Earnings"), "Earnings"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/fleet",
    component: lazyRouteComponent(() => import("@/pages/carrier/Fleet"), "Fleet"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/drivers",
    component: lazyRouteComponent(() => import("@/pages/carrier/Drivers"), "Drivers"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/offers",
    component: lazyRouteComponent(() => import("@/pages/carrier/Offers"), "Offers"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/statement",
    validateSearch: texts("month"),
    component: lazyRouteComponent(() => import("@/pages/carrier/Statement"), "Statement"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/site",
    component: lazyRouteComponent(() => import("@/pages/facility/Site"), "Site"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/docks",
    validateSearch: texts("tab"),
    component: lazyRouteComponent(() => import("@/pages/facility/Docks"), "Docks"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/book",
    validateSearch: texts("appointment"),
    component: lazyRouteComponent(() => import("@/pages/facility/BookDock"), "BookDock"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/queue",
    validateSearch: texts("kind", "page"),
    component: lazyRouteComponent(() => import("@/pages/operations/Queue"), "Queue"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/board",
    validateSearch: texts("view"),
    component: lazyRouteComponent(() => import("@/pages/operations/Board"), "Board"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/traffic",
    component: lazyRouteComponent(() => import("@/pages/dispatch/Traffic"), "Traffic"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/plans",
    component: lazyRouteComponent(() => import("@/pages/dispatch/Plans"), "Plans"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/map",
    validateSearch: texts("truck"),
    component: lazyRouteComponent(() => import("@/pages/operations/FleetMap"), "FleetMap"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/events",
    validateSearch: texts("q", "type", "stream", "actor", "from", "to"),
    component: lazyRouteComponent(() => import("@/pages/operations/Events"), "Events"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/events/$stream",
    component: lazyRouteComponent(() => import("@/pages/operations/Stream"), "Stream"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/drivers/$id",
    component: lazyRouteComponent(() => import("@/pages/operations/Driver"), "Driver"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/alerts",
    validateSearch: texts("state", "kind", "page"),
    component: lazyRouteComponent(() => import("@/pages/trucks/Alerts"), "Alerts"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/trips",
    validateSearch: texts("agent", "from", "to"),
    component: lazyRouteComponent(() => import("@/pages/trucks/Trips"), "Trips"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/utilisation",
    validateSearch: texts("period", "page"),
    component: lazyRouteComponent(() => import("@/pages/trucks/Utilisation"), "Utilisation"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/geofences",
    component: lazyRouteComponent(() => import("@/pages/trucks/Geofences"), "Geofences"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/devices",
    component: lazyRouteComponent(() => import("@/pages/trucks/Devices"), "Devices"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/system",
    component: lazyRouteComponent(() => import("@/pages/operations/System"), "System"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/scorecards",
    validateSearch: texts("page", "carrier"),
    component: lazyRouteComponent(() => import("@/pages/operations/Scorecards"), "Scorecards"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/lanes",
    validateSearch: texts("from", "to"),
    component: lazyRouteComponent(() => import("@/pages/operations/Lanes"), "Lanes"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/ledger",
    validateSearch: texts("payment"),
    component: lazyRouteComponent(() => import("@/pages/money/Ledger"), "Ledger"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/payments",
    validateSearch: texts("status", "page"),
    component: lazyRouteComponent(() => import("@/pages/money/Payments"), "Payments"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/users",
    component: lazyRouteComponent(() => import("@/pages/admin/Users"), "Users"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/keys",
    component: lazyRouteComponent(() => import("@/pages/admin/Keys"), "Keys"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/policies",
    component: lazyRouteComponent(() => import("@/pages/admin/Policies"), "Policies"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/settings",
    component: lazyRouteComponent(() => import("@/pages/admin/Settings"), "Settings"),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren([...open, shell.addChildren([...inside])]),
  // Addresses that people read and pass on: `page=2`, not `page=%222%22`.
  parseSearch: parseSearchWith((value) => value),
  stringifySearch: stringifySearchWith(String),
  defaultPreload: "intent",
  defaultErrorComponent: Crashed,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
