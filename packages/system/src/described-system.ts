import {
  type FileFormat,
  hostLinkOf,
  machineConfigsOf,
  parseSystem,
  peerLinkOf,
  type SystemDescription,
  type SystemLink,
  type SystemMachine,
} from "@kpu-sim/formats";
import { type GroupConfig, KpuError, type LinkConfig, MachineGroup } from "@kpu-sim/machine";

/** What counts instead of what a description says, or beside it. */
export type SystemChoices = {
  /** Between the host and each KPU, one for all or one for each. */
  readonly hostLink?: LinkConfig | readonly LinkConfig[] | undefined;
  /** From KPU to KPU without the host. */
  readonly peerLink?: LinkConfig | undefined;
  /** Leave out accelerators that are no KPUs; otherwise a description that has any is refused. */
  readonly kpusOnly?: boolean | undefined;
};

/** What of a described system is simulated. */
export type SystemPlan = {
  readonly name: string;
  /** In the order of the description. */
  readonly kpus: readonly SystemMachine[];
  /** Ready for `new MachineGroup(config)`. */
  readonly config: GroupConfig;
};

/** A described system at cycle 0. */
export type DescribedSystem = SystemPlan & { readonly group: MachineGroup };

/**
 * Where a description says nothing of the link to the host, or of a link's latency: 32 GB/s in each direction, which is PCIe 4.0 with
 * 16 lanes, and 200 cycles.
 */
export const defaultLink: LinkConfig = { bandwidthGbps: 32, latencyCycles: 200 };

/**
 * What of a described system is simulated, without making it. Errors: KPU_CONFIG for accelerators that are no KPUs (unless
 * `kpusOnly` leaves them out) and for a system without a KPU.
 */
export function planSystem(system: SystemDescription, choices: SystemChoices = {}): SystemPlan {
  const others = system.accelerators.filter(({ type }) => type !== "KPU");
  if (others.length > 0 && choices.kpusOnly !== true) {
    const names = others.map(({ id, type }) => `${id} (${type})`).join(", ");
    throw configError(
      `has accelerators that are not simulated: ${names}; take them out of the description, or leave them out by kpusOnly (in Python kpus_only=True)`,
    );
  }
  const kpus = machineConfigsOf(system);
  if (kpus.length === 0) throw configError("has no KPU to simulate");
  const [host, peer] = [hostLinkOf(system), peerLinkOf(system)];
  const config = {
    // A link that is chosen takes the place of the description's.
    machines: kpus.map(({ config }) =>
      choices.hostLink === undefined ? config : { ...config, hostLink: { type: "none" as const } },
    ),
    hostLink: choices.hostLink ?? (host === undefined ? defaultLink : linkConfigOf(host)),
    peerLink: choices.peerLink ?? (peer === undefined ? undefined : linkConfigOf(peer)),
  };
  return { name: system.system.name, kpus, config };
}

/**
 * The machines of a described system, with the host's memory and the links that it describes, as a group; machine n is KPU n of the
 * description. Errors: those of `planSystem`, and KPU_CONFIG of `MachineGroup` for links given here.
 */
export function systemFromDescription(system: SystemDescription, choices: SystemChoices = {}): DescribedSystem {
  const plan = planSystem(system, choices);
  return { ...plan, group: new MachineGroup(plan.config) };
}

/** The same from the text of a system file. Errors: also KPU_CONFIG with everything that is wrong in the text, each with its line. */
export function readSystem(text: string, format: FileFormat, choices: SystemChoices = {}): DescribedSystem {
  return systemFromDescription(parseSystem(text, format), choices);
}

function linkConfigOf({ bandwidthGbps, latencyCycles = defaultLink.latencyCycles }: SystemLink): LinkConfig {
  return { bandwidthGbps, latencyCycles };
}

function configError(message: string): KpuError {
  return new KpuError("KPU_CONFIG", `the system ${message}`, { reason: "value" });
}
