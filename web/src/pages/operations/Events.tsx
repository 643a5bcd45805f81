import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "@/api/client";
import { t, useLocale } from "@/i18n";
import { Button } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { Field, Input, TextField } from "@/ui/Field";
import { fromLocalInput, toLocalInput } from "@/ui/format";
import { Empty, ErrorState, Loading, Notice } from "@/ui/States";
import { explain } from "@/api/explain";
import { FactRow } from "./FactRow";

const PER_PAGE = 50;
type Filters = Partial<Record<"q" | "type" | "stream" | "actor" | "from" | "to", string>>;

/** An address holds instants as the wire writes them, a control as the device's clock shows them. */
const shown = (instant: string | undefined) =>
  instant && !Number.isNaN(Date.parse(instant)) ? toLocalInput(new Date(instant)) : "";

/** The tenant's log, searched: newest first, each fact with the stream behind it. */
export function Events() {
  useLocale();
  const filters: Filters = useSearch({ from: "/shell/events" });
  const events = useInfiniteQuery({
    queryKey: ["events", filters],
    initialPageParam: undefined as number | undefined,
    placeholderData: keepPreviousData,
    queryFn: async ({ pageParam, signal }) => {
      const query = {
        ...filters,
        limit: PER_PAGE,
        ...(pageParam === undefined ? {} : { before: pageParam }),
      };
      return (await api.get("/api/v1/operations/events", { query, signal })).data;
    },
    getNextPageParam: ({ next_before }) => next_before ?? undefined,
  });
  const found = events.data?.pages.flatMap((page) => page.events) ?? [];
  return (
    <>
      <PageHead subtitle={t("events.lead")} title={t("events.title")} />
      <div className="flex flex-col gap-4">
        <Filter filters={filters} key={JSON.stringify(filters)} />
        {events.isError && found.length > 0 ? <Notice tone="bad">{explain(events.error)}</Notice> : null}
        <Card flush title={t("events.found")}>
          {events.isPending ? <Loading lines={8} /> : null}
          {events.isError && found.length === 0 ? (
            <ErrorState onRetry={() => void events.refetch()} problem={events.error} />
          ) : null}
          {events.isSuccess && found.length === 0 ? (
            <Empty
              detail={t(events.hasNextPage ? "events.none.older" : "events.none.detail")}
              icon="search"
              title={t("events.none")}
            />
          ) : null}
          <ol aria-label={t("events.found")}>
            {found.map((fact) => (
              <FactRow fact={fact} key={fact.position} />
            ))}
          </ol>
          {events.hasNextPage ? (
            <div className="flex justify-center border-t border-line p-3">
              <Button onClick={() => void events.fetchNextPage()} pending={events.isFetchingNextPage}>
                {t("events.older")}
              </Button>
            </div>
          ) : null}
        </Card>
      </div>
    </>
  );
}

function Filter({ filters }: { readonly filters: Filters }) {
  const navigate = useNavigate();
  const [draft, setDraft] = useState({
    q: filters.q ?? "",
    type: filters.type ?? "",
    stream: filters.stream ?? "",
    actor: filters.actor ?? "",
    from: shown(filters.from),
    to: shown(filters.to),
  });
  const set = (name: keyof typeof draft) => (value: string) => setDraft({ ...draft, [name]: value });
  const search = (wanted: typeof draft) => {
    const instants = { from: fromLocalInput(wanted.from), to: fromLocalInput(wanted.to) };
    const pairs = Object.entries({ ...wanted, ...instants }).map(([name, value]) => [name, value.trim()]);
    void navigate({
      to: "/events",
      search: Object.fromEntries(pairs.filter(([, value]) => value !== "")) as Filters,
    });
  };
  const plain = { autoComplete: "off", spellCheck: false, maxLength: 100 };
  return (
    <Card>
      <form
        className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4"
        onSubmit={(event) => {
          event.preventDefault();
          search(draft);
        }}
        role="search"
      >
        <Field hint={t("events.q.hint")} label={t("events.q")}>
          {(control) => <Input {...control} {...plain} onValue={set("q")} type="search" value={draft.q} />}
        </Field>
        <Field hint={t("events.type.hint")} label={t("events.type")}>
          {(control) => <Input {...control} {...plain} onValue={set("type")} value={draft.type} />}
        </Field>
        <Field hint={t("events.stream.hint")} label={t("events.stream")}>
          {(control) => <Input {...control} {...plain} onValue={set("stream")} value={draft.stream} />}
        </Field>
        <Field hint={t("events.actor.hint")} label={t("events.actor")}>
          {(control) => <Input {...control} {...plain} onValue={set("actor")} value={draft.actor} />}
        </Field>
        <TextField label={t("events.from")} onValue={set("from")} type="datetime-local" value={draft.from} />
        <TextField label={t("events.to")} onValue={set("to")} type="datetime-local" value={draft.to} />
        <div className="flex items-end gap-2 sm:col-span-2 lg:justify-end">
          <Button onClick={() => search({ q: "", type: "", stream: "", actor: "", from: "", to: "" })}>
            {t("do.clear")}
          </Button>
          <Button icon="search" look="primary" type="submit">
            {t("events.search")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
