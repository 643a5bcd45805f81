import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { reads } from "@/api/queries";
import type { Device, Role } from "@/api/types";
import { useKnownMe } from "@/app/useMe";
import { t, tKnown, useLocale } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card, PageHead } from "@/ui/Card";
import { Confirm } from "@/ui/Confirm";
import { Dialog } from "@/ui/Dialog";
import { Empty, Loaded } from "@/ui/States";
import { Pager, Table, type Column } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { BindDevice } from "./BindDevice";
import { TruckName } from "./Names";

const PER_PAGE = 50;
const BINDS: readonly Role[] = ["carrier", "driver", "admin"];

/** Trackers in trucks: which device reports for which driver. */
export function Devices() {
  useLocale();
  const me = useKnownMe();
  const [page, setPage] = useState(1);
  const [binding, setBinding] = useState(false);
  const [unbinding, setUnbinding] = useState<Device | null>(null);
  const devices = useQuery(reads.devices({ page, per_page: PER_PAGE }));
  const binds = BINDS.includes(me.role);
  return (
    <>
      <PageHead subtitle={t("devices.lead")} title={t("devices.title")}>
        {binds ? (
          <Button icon="plus" look="primary" onClick={() => setBinding(true)}>
            {t("devices.add")}
          </Button>
        ) : null}
      </PageHead>
      <Card flush>
        <Loaded lines={6} query={devices}>
          {({ data, meta }) => (
            <>
              <Table
                caption={t("devices.title")}
                columns={columns(binds ? setUnbinding : null)}
                empty={<Empty detail={t("devices.none.detail")} icon="device" title={t("devices.none")} />}
                rowKey={(device) => device.id}
                rowName={(device) => device.identifier}
                rows={data}
              />
              <Pager
                onPage={setPage}
                page={page}
                perPage={PER_PAGE}
                total={meta.pagination?.total ?? data.length}
              />
            </>
          )}
        </Loaded>
      </Card>
      <Dialog onClose={() => setBinding(false)} open={binding} title={t("devices.add")}>
        <BindDevice onDone={() => setBinding(false)} />
      </Dialog>
      {unbinding ? <Unbind device={unbinding} onClose={() => setUnbinding(null)} /> : null}
    </>
  );
}

function columns(onUnbind: ((device: Device) => void) | null): readonly Column<Device>[] {
  const list: Column<Device>[] = [
    {
      key: "identifier",
      title: t("devices.identifier"),
      sort: (device) => device.identifier,
      cell: (device) => (
        <span className="block max-w-[46vw] min-w-0 py-1 md:max-w-72">
          <span className="block truncate font-mono text-sm" title={device.identifier}>
            {device.identifier}
          </span>
          <span className="block text-xs text-ink-2 md:hidden">
            {tKnown("devices.protocol", device.protocol)}
          </span>
        </span>
      ),
    },
    {
      key: "protocol",
      title: t("devices.protocol"),
      wideOnly: true,
      sort: (device) => device.protocol,
      cell: (device) => tKnown("devices.protocol", device.protocol),
    },
    { key: "truck", title: t("alerts.truck"), cell: (device) => <TruckName id={device.agent_id} /> },
    {
      key: "secret",
      title: t("devices.trust"),
      wideOnly: true,
      cell: (device) => (
        <Badge tone={device.has_secret ? "good" : "neutral"}>
          {t(device.has_secret ? "devices.trust.secret" : "devices.trust.name")}
        </Badge>
      ),
    },
    {
      key: "offset",
      title: t("devices.clock"),
      wideOnly: true,
      cell: ({ utc_offset_minutes: offset }) =>
        offset === undefined ? t("devices.clock.utc") : t("devices.clock.offset", { n: offset }),
    },
  ];
  if (!onUnbind) return list;
  return [
    ...list,
    {
      key: "act",
      title: "",
      align: "right",
      cell: (device) => (
        <Button
          aria-label={t("devices.remove.of", { name: device.identifier })}
          look="quiet"
          onClick={() => onUnbind(device)}
          size="sm"
        >
          {t("devices.remove")}
        </Button>
      ),
    },
  ];
}

function Unbind({ device, onClose }: { readonly device: Device; readonly onClose: () => void }) {
  const queries = useQueryClient();
  const unbind = useMutation({
    mutationFn: () => api.delete("/api/v1/devices/{id}", { path: { id: device.id } }),
    onSuccess: () => toast.done(t("devices.removed")),
    onError: toast.failed,
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ["devices"] });
      onClose();
    },
  });
  return (
    <Confirm
      act={t("devices.remove")}
      onClose={onClose}
      onConfirm={() => unbind.mutate()}
      pending={unbind.isPending}
      title={t("devices.remove.of", { name: device.identifier })}
    >
      <p className="text-sm text-ink-2">{t("devices.remove.what")}</p>
    </Confirm>
  );
}
