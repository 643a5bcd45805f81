import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { may } from "@/api/desk";
import { reads } from "@/api/queries";
import { chooseLocale, LOCALES, t, tKnown, useLocale } from "@/i18n";
import { CommandPalette, type Command } from "@/ui/CommandPalette";
import { leave } from "./leave";
import { isStaff, placesOf } from "./nav";
import { keep } from "./preferences";
import { useKnownMe } from "./useMe";

/** The palette's commands: the role's places, the newest shipments, drivers, and what can be done anywhere. */
export function Palette({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const me = useKnownMe();
  const locale = useLocale();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [query, setQuery] = useState("");
  const found = useQuery({
    ...reads.shipments({ per_page: 100, sort: "-created_at" }),
    enabled: open && me.role !== "facility",
  });

  const agents = useQuery({
    ...reads.agents({ per_page: 100 }),
    enabled: open && isStaff(me.role) && me.role !== "finance",
  });

  const commands = useMemo<readonly Command[]>(() => {
    const places = placesOf(me.role)
      .flatMap((group) => group.places)
      .map((place) => ({
        key: place.to,
        group: t("palette.group.pages"),
        title: t(place.title),
        icon: place.icon,
        run: () => void navigate({ to: place.to }),
      }));
    const actions: Command[] = [
      {
        key: "profile",
        group: t("palette.group.pages"),
        title: t("me.title"),
        icon: "person",
        run: () => void navigate({ to: "/profile" }),
      },
      ...(["light", "dark", "system"] as const).map((theme) => ({
        key: `theme-${theme}`,
        group: t("palette.group.actions"),
        title: `${t("theme.label")}: ${t(`theme.${theme}`)}`,
        icon: "settings" as const,
        run: () => keep("theme", theme),
      })),
      ...LOCALES.filter(({ code }) => code !== locale).map(({ code, name }) => ({
        key: `locale-${code}`,
        group: t("palette.group.actions"),
        title: `${t("locale.label")}: ${name}`,
        icon: "settings" as const,
        run: () => void chooseLocale(code),
      })),
      {
        key: "signout",
        group: t("palette.group.actions"),
        title: t("me.signout"),
        icon: "external",
        run: () => void leave(queries),
      },
    ];
    const shipments = (query === "" ? [] : (found.data?.data ?? [])).map((shipment) => ({
      key: shipment.id,
      group: t("palette.group.shipments"),
      title: shipment.reference,
      hint: [tKnown("status", shipment.status), shipment.pickup.address, shipment.delivery.address]
        .filter(Boolean)
        .join(" · "),
      icon: "package" as const,
      run: () => void navigate({ to: "/shipments/$id", params: { id: shipment.id } }),
    }));
    const people = (query === "" ? [] : (agents.data?.data ?? [])).flatMap((agent): Command[] =>
      agent.kind === "driver" && agent.reference
        ? [
            {
              key: agent.id,
              group: t("palette.group.drivers"),
              title: agent.reference,
              hint: tKnown("driver", agent.status ?? "offline"),
              icon: "truck",
              run: () => void navigate({ to: "/drivers/$id", params: { id: agent.id } }),
            },
          ]
        : [],
    );
    // Every word of a command must be found, so its title holds what was typed.
    const search: Command[] =
      query.trim() !== "" && may(me.role, "log")
        ? [
            {
              key: "events",
              group: t("palette.group.actions"),
              title: t("palette.events", { query: query.trim() }),
              icon: "search",
              run: () => void navigate({ to: "/events", search: { q: query.trim() } }),
            },
          ]
        : [];
    return [...places, ...actions, ...shipments, ...people, ...search];
  }, [me.role, locale, query, found.data, agents.data, navigate, queries]);

  return <CommandPalette commands={commands} onClose={onClose} onQuery={setQuery} open={open} />;
}
