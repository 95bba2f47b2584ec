import type { Dataflow, ResolvedConfig } from "../config/machine-config.ts";
import type { ArrayShape } from "./array-cycles.ts";

type TilesConfig = ResolvedConfig["computeTiles"];

/** The array of a tile, with the configured dataflow. Tiles need not have equal arrays. */
export function tileArray({ rows, cols, systolic, dataflow, instances }: TilesConfig, id: number): ArrayShape {
  return { rows, cols, ...instances?.[id], systolic, dataflow };
}

/** An array by dataflow. */
type ArrayByDataflow = Readonly<Record<Dataflow, ArrayShape>>;

export type TileSetup = {
  readonly arrays: ArrayByDataflow;
  readonly dataflow: Dataflow;
  /** Whether values come from stepping every element; a scalar unit has no array to step. */
  readonly isStepped: boolean;
};

/** What the tiles of a machine are, by id; alike ones are one object. */
export function tileSetups(tiles: TilesConfig): readonly TileSetup[] {
  const { count, systolic, dataflow, arrayModel, instances } = tiles;
  const known = new Map<string, TileSetup>();
  const setupOf = (id: number): TileSetup => {
    const array = tileArray(tiles, instances === undefined ? 0 : id);
    const name = `${array.rows} ${array.cols}`;
    const setup = known.get(name) ?? {
      arrays: {
        output_stationary: { ...array, dataflow: "output_stationary" },
        weight_stationary: { ...array, dataflow: "weight_stationary" },
        input_stationary: { ...array, dataflow: "input_stationary" },
      },
      dataflow,
      isStepped: systolic && arrayModel === "stepped",
    };
    known.set(name, setup);
    return setup;
  };
  return Array.from({ length: count }, (_, id) => setupOf(id));
}
