import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { desk } from "@/api/desk";
import { t, useLocale } from "@/i18n";
import { ButtonLink } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { Empty, Loaded } from "@/ui/States";
import { pageOf } from "./facts";
import { FactRow } from "./FactRow";

/** Everything that happened to one thing, oldest first: its state is the sum of it. */
export function Stream() {
  useLocale();
  const { stream } = useParams({ from: "/shell/events/$stream" });
  const facts = useQuery(desk.stream(stream));
  const page = pageOf(stream);
  return (
    <>
      <PageHead
        subtitle={<span className="font-mono text-xs break-all">{stream}</span>}
        title={t("stream.title")}
      >
        <ButtonLink icon="back" to="/events">
          {t("events.title")}
        </ButtonLink>
        {page ? (
          <ButtonLink look="primary" params={{ id: page.id }} to={page.to}>
            {t("stream.page")}
          </ButtonLink>
        ) : null}
      </PageHead>
      <Card flush title={t("stream.facts", { n: facts.data?.length ?? 0 })}>
        <Loaded lines={8} query={facts}>
          {(all) =>
            all.length === 0 ? (
              <Empty icon="search" title={t("stream.none")} />
            ) : (
              <ol aria-label={t("stream.title")}>
                {all.map((fact) => (
                  <FactRow fact={fact} inStream key={fact.position} />
                ))}
              </ol>
            )
          }
        </Loaded>
      </Card>
    </>
  );
}
