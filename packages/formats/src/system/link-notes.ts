import type { Path } from "../text/source-node.ts";
import { pcieGbps, pcieOfSystem } from "./pcie-of-system.ts";
import type { SystemDescription } from "./system-description.ts";

/** Something about links that a reader of a file may not expect. */
export type LinkNote = { readonly path: Path; readonly message: string };

const withoutEffect = "kept without effect";

/** Which figures of links and networks count otherwise than they read, and which do not count at all: nothing that is read is silent about it. */
export function notesOfLinks(system: SystemDescription): readonly LinkNote[] {
  return [...notesOfHostLink(system), ...notesOfPeerLink(system), ...notesOfNetworks(system)];
}

function notesOfHostLink(system: SystemDescription): readonly LinkNote[] {
  const { type, pcie_config: pcie, cxl_config: cxl } = system.interconnect.host_to_accelerator;
  const at = (key: string, message: string): LinkNote => ({
    path: ["interconnect", "host_to_accelerator", key],
    message,
  });
  const notes: LinkNote[] = [];
  const isCxl = type === "CXL" && cxl !== undefined;
  if (pcie !== undefined) {
    const note = pcieOfSystem(system)?.note;
    if (note !== undefined) notes.push(at("pcie_config", note));
    if (isCxl) notes.push(at("pcie_config", `is ${withoutEffect}: the type is CXL, and cxl_config counts`));
    else if (type !== "PCIe") {
      notes.push(
        at(
          "pcie_config",
          `is that of a link whose type is '${type}': a plain link of ${pcieGbps(pcie)} GB/s in each direction is simulated; write type PCIe for packets of PCI Express`,
        ),
      );
    }
  }
  if (cxl !== undefined && !isCxl) {
    const message =
      pcie === undefined
        ? `is that of a link whose type is '${type}': a plain link of ${cxl.bandwidth_gbps} GB/s in each direction is simulated`
        : `is ${withoutEffect}: the type is '${type}', and pcie_config counts`;
    notes.push(at("cxl_config", message));
  }
  return notes;
}

/** Each KPU has one way to all others and one from them, which is what a crossbar does; the machine has no other network between KPUs. */
function notesOfPeerLink({ accelerators, interconnect }: SystemDescription): readonly LinkNote[] {
  const { type, noc_config: noc } = interconnect.accelerator_to_accelerator;
  if (noc === undefined) return [];
  const path = ["interconnect", "accelerator_to_accelerator", "noc_config"];
  if (type === "None") return [{ path, message: `is ${withoutEffect}: the type is 'None'` }];
  if (accelerators.filter((each) => each.type === "KPU").length < 2) {
    return [{ path, message: `is ${withoutEffect}: it connects accelerators, and fewer than two of them are KPUs` }];
  }
  if (noc.topology === "crossbar") return [];
  const message = `is '${noc.topology}', which is ${withoutEffect}, as router_count is: each KPU has a link of ${noc.link_bandwidth_gbps} GB/s in each direction to all others, as over a crossbar`;
  return [{ path: [...path, "topology"], message }];
}

function notesOfNetworks({ interconnect: { on_chip, network } }: SystemDescription): readonly LinkNote[] {
  const notes: LinkNote[] = [];
  if (on_chip.amba_config !== undefined) {
    notes.push({
      path: ["interconnect", "on_chip", "amba_config"],
      message: `is ${withoutEffect}: it names a protocol, but neither a mesh nor a ring that could be simulated`,
    });
  }
  if (network?.enabled === true) {
    notes.push({
      path: ["interconnect", "network"],
      message: `is ${withoutEffect}: networks between systems are not simulated`,
    });
  }
  return notes;
}
