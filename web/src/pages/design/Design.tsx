import { useState } from "react";
import { usePreference } from "@/app/preferences";
import { ApiProblem } from "@/api/problem";
import { t, useLocale } from "@/i18n";
import { Badge, Status } from "@/ui/Badge";
import { Button, IconButton } from "@/ui/Button";
import { Card, Facts, Figure, Figures, PageHead } from "@/ui/Card";
import { Chart } from "@/ui/Chart";
import { CommandPalette } from "@/ui/CommandPalette";
import { Dialog } from "@/ui/Dialog";
import { Checkbox, RadioCards, SelectField, Switch, TextField } from "@/ui/Field";
import { PhotoInput } from "@/ui/PhotoInput";
import { ScoreBar, ScoreBars, ScoreLegend } from "@/ui/ScoreBars";
import { SignaturePad } from "@/ui/SignaturePad";
import { Empty, ErrorState, Loading, Notice } from "@/ui/States";
import { Stepper } from "@/ui/Stepper";
import { Table } from "@/ui/Table";
import { Tabs } from "@/ui/Tabs";
import { Timeline } from "@/ui/Timeline";
import { toast } from "@/ui/Toast";
import { Deadline, Distance, Money, When } from "@/ui/Values";

const COLOURS = [
  "ground",
  "surface",
  "sunken",
  "line",
  "line-strong",
  "ink",
  "ink-2",
  "ink-3",
  "brand",
  "brand-soft",
  "good",
  "good-soft",
  "warn",
  "warn-soft",
  "bad",
  "bad-soft",
  "info",
  "info-soft",
];
const SIZES = ["xs", "sm", "base", "lg", "xl", "2xl", "3xl"] as const;
const TERMS = { price: 0.82, time: 0.64, reliability: 0.97, experience: 0.35, vehicle: 0.7 };
const SCORE = 0.755;
const EUROS = { amount: "1250.00", currency: "EUR" };
/** One instant, so that the page is the same in every picture of it. */
const AT = "2030-05-31T08:30:00Z";
const DAYS = [0, 1, 2, 3, 4, 5].map((day) => Date.parse(AT) / 1000 + day * 86_400);
const VALUES = [320, 0, 910, 1240, 460, 780];
const ROWS = [
  { id: "a", status: "bidding", km: 570, price: EUROS },
  { id: "b", status: "in_transit", km: 84.5, price: { amount: "342.14", currency: "EUR" } },
  { id: "c", status: "disputed", km: 1180, price: { amount: "2980.50", currency: "EUR" } },
];

/** Every part that pages are made of: look here before making another. */
export function Design() {
  useLocale();
  const [theme, setTheme] = usePreference("theme");
  const [dialog, setDialog] = useState(false);
  const [palette, setPalette] = useState(false);
  const [text, setText] = useState("");
  const [on, setOn] = useState(true);
  const [tab, setTab] = useState("one");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set(["b"]));
  const [photos, setPhotos] = useState<readonly Blob[]>([]);
  return (
    <main className="mx-auto flex max-w-5xl flex-col gap-4 px-4 py-6">
      <PageHead subtitle={t("design.lead")} title={t("design.title")}>
        {(["light", "dark", "system"] as const).map((name) => (
          <Button aria-pressed={theme === name} key={name} onClick={() => setTheme(name)} size="sm">
            {t(`theme.${name}`)}
          </Button>
        ))}
      </PageHead>
      <Card title={t("design.colour")}>
        <div className="grid grid-cols-3 gap-2 sm:grid-cols-6 lg:grid-cols-9">
          {COLOURS.map((name) => (
            <div key={name}>
              <span
                className="block h-10 rounded-md border border-line"
                style={{ background: `var(--${name})` }}
              />
              <code className="text-xs text-ink-2">{name}</code>
            </div>
          ))}
        </div>
      </Card>
      <Card title={t("design.type")}>
        <div className="flex flex-col gap-1">
          {SIZES.map((size) => (
            <p
              className="truncate font-medium"
              key={size}
              style={{ fontSize: `var(--text-${size})`, lineHeight: `var(--text-${size}--line-height)` }}
            >
              {`${size} · ${t("signin.lead")}`}
            </p>
          ))}
        </div>
      </Card>
      <Card title={t("design.buttons")}>
        <div className="flex flex-wrap items-center gap-2">
          <Button icon="plus" look="primary">
            {t("ship.new")}
          </Button>
          <Button>{t("do.cancel")}</Button>
          <Button look="quiet">{t("do.clear")}</Button>
          <Button look="danger">{t("ship.page.cancel")}</Button>
          <Button look="primary" pending>
            {t("do.save")}
          </Button>
          <Button disabled>{t("do.save")}</Button>
          <Button look="primary" size="sm">
            {t("ship.page.bid.select")}
          </Button>
          <Button look="primary" size="lg">
            {t("drive.step.loading")}
          </Button>
          <IconButton icon="settings" label={t("nav.tenant")} />
        </div>
      </Card>
      <Card title={t("design.fields")}>
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            hint={t("design.sample.hint")}
            label={t("ship.form.weight")}
            onValue={setText}
            unit="kg"
            value={text}
          />
          <TextField
            label={t("ship.form.to")}
            problem={t("design.sample.problem")}
            readOnly
            type="datetime-local"
            value="2020-05-31T08:00"
          />
          <SelectField
            choices={[{ value: "general", label: t("cargo.general") }]}
            label={t("ship.form.kind")}
            optional
            value="general"
          />
          <div className="flex items-end gap-6">
            <Checkbox checked={on} label={t("drive.autobid")} onChecked={setOn} />
            <Switch label={t("drive.online")} on={on} onSwitch={setOn} />
          </div>
          <div className="sm:col-span-2">
            <RadioCards
              choices={(["broadcast", "waterfall", "direct"] as const).map((value) => ({
                value,
                label: t(`tender.${value}`),
                hint: t(`tender.${value}.hint`),
              }))}
              legend={t("ship.form.tender")}
              name="design-tender"
              onValue={() => undefined}
              value="broadcast"
            />
          </div>
        </div>
      </Card>
      <Card title={t("design.status")}>
        <div className="flex flex-wrap gap-2">
          {["bidding", "selected", "in_transit", "completed", "cancelled", "disputed"].map((value) => (
            <Status key={value} of="status" value={value} />
          ))}
          {["pending", "held", "released", "failed"].map((value) => (
            <Status key={value} of="payment" value={value} />
          ))}
          <Badge tone="info">{t("ship.page.bid.auto")}</Badge>
        </div>
      </Card>
      <Card title={t("design.score")}>
        <div className="grid gap-4 sm:grid-cols-2">
          <div className="flex flex-col gap-3">
            <ScoreBar score={SCORE} terms={TERMS} />
            <ScoreLegend />
          </div>
          <ScoreBars score={SCORE} terms={TERMS} />
        </div>
      </Card>
      <Card flush title={t("design.tables")}>
        <Table
          caption={t("design.tables")}
          columns={[
            {
              key: "status",
              title: t("ship.col.status"),
              cell: (row) => <Status of="status" value={row.status} />,
              sort: (row) => row.status,
            },
            {
              key: "km",
              title: t("ship.col.distance"),
              align: "right",
              cell: (row) => <Distance km={row.km} />,
              sort: (row) => row.km,
            },
            {
              key: "price",
              title: t("ship.col.price"),
              align: "right",
              cell: (row) => <Money strong value={row.price} />,
              sort: (row) => Number(row.price.amount),
            },
          ]}
          onSelected={setSelected}
          rowKey={(row) => row.id}
          rows={ROWS}
          selected={selected}
        />
      </Card>
      <Figures>
        <Figure label={t("earn.paid")} source={t("design.sample.note")} value={<Money value={EUROS} />} />
        <Figure label={t("earn.trips")} value="128" />
        <Figure label={t("earn.ontime")} value="97 %" />
      </Figures>
      <Card title={t("design.chart")}>
        <Chart days={DAYS} format={String} label={t("design.chart")} values={VALUES} />
      </Card>
      <Card title={t("design.values")}>
        <Facts
          columns={3}
          items={[
            [t("ship.col.price"), <Money key="m" value={EUROS} />],
            [t("ship.col.distance"), <Distance key="d" km={84.5} />],
            [t("ship.col.pickup"), <When at={AT} key="w" />],
            [t("queue.col.due"), <Deadline at="2020-01-01T00:00:00Z" key="l" />],
          ]}
        />
      </Card>
      <Card title={t("design.time")}>
        <div className="grid gap-6 sm:grid-cols-2">
          <Timeline
            moments={[
              { key: "2", at: AT, title: t("status.delivered"), tone: "good" },
              { key: "1", at: AT, title: t("status.booked"), detail: t("app.name"), tone: "brand" },
              { key: "0", at: AT, title: t("status.requested") },
            ]}
          />
          <Stepper
            current={2}
            label={t("design.time")}
            steps={(["bidding", "booked", "loading", "delivered"] as const).map((key) => ({
              key,
              title: t(`status.${key}`),
            }))}
          />
        </div>
      </Card>
      <Card title={t("design.states")}>
        <Tabs
          current={tab}
          label={t("design.states")}
          onTab={setTab}
          tabs={[
            { key: "one", title: t("state.empty"), count: 0 },
            { key: "two", title: t("state.loading") },
            { key: "three", title: t("state.error") },
          ]}
        >
          {tab === "one" ? (
            <Empty detail={t("ship.empty.shipper")} title={t("ship.empty")}>
              <Button look="primary">{t("ship.new")}</Button>
            </Empty>
          ) : null}
          {tab === "two" ? <Loading /> : null}
          {tab === "three" ? (
            <ErrorState
              onRetry={() => setTab("two")}
              problem={new ApiProblem(503, "store.read_only", "", [], "req_example")}
            />
          ) : null}
        </Tabs>
        <div className="flex flex-col gap-2 pt-4">
          <Notice tone="info">{t("ship.page.track.none")}</Notice>
          <Notice tone="warn">{t("state.offline")}</Notice>
          <Notice tone="bad">{t("problem.fields")}</Notice>
          <Notice tone="good">{t("state.back")}</Notice>
        </div>
      </Card>
      <Card title={t("design.capture")}>
        <div className="grid gap-6 sm:grid-cols-2">
          <SignaturePad onSigned={() => undefined} />
          <PhotoInput label={t("drive.photo.cargo")} onPhotos={setPhotos} photos={photos} />
        </div>
      </Card>
      <Card title={t("design.dialog")}>
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => setDialog(true)}>{t("design.dialog.open")}</Button>
          <Button onClick={() => setPalette(true)}>{t("design.palette.open")}</Button>
          <Button onClick={() => toast.done(t("me.saved"))}>{t("design.toast.good")}</Button>
          <Button onClick={() => toast.failed(new ApiProblem(409, "shipment.wrong_state", ""))}>
            {t("design.toast.bad")}
          </Button>
        </div>
      </Card>
      <Dialog
        footer={<Button onClick={() => setDialog(false)}>{t("do.close")}</Button>}
        onClose={() => setDialog(false)}
        open={dialog}
        title={t("design.title")}
      >
        <p className="text-sm text-ink-2">{t("design.lead")}</p>
      </Dialog>
      <CommandPalette
        commands={[
          {
            key: "design",
            group: t("palette.group.pages"),
            title: t("design.title"),
            icon: "board",
            run: () => undefined,
          },
        ]}
        onClose={() => setPalette(false)}
        open={palette}
      />
    </main>
  );
}
