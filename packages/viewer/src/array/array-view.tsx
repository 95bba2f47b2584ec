import { peState } from "kpu-sim";
import { createEffect, createMemo, createSignal, type JSX, on, Show } from "solid-js";
import type { ArrayActivity, ArrayPicture } from "../engine/array-watch.ts";
import { grouped, percent } from "../shell/format.ts";
import type { LoadedRun } from "../state/run-state.ts";
import type { ViewProps } from "../views.ts";
import "./array.css";
import { HeatMap, shareOf } from "./heat-map.tsx";
import { placeOf, productAt } from "./product-at.ts";
import { ProductSteps } from "./product-steps.tsx";
import { type RegisterFormat, registerFormats, registerNames } from "./register-text.ts";
import { registerTexts, Wavefront } from "./wavefront.tsx";

type Element = { readonly row: number; readonly col: number };

/** The array of a compute tile: one product cycle by cycle, and how busy each element was. */
export function ArrayView(props: ViewProps): JSX.Element {
  return (
    <Show when={props.state.run()} keyed fallback={<p>No run yet.</p>}>
      {(run) => (
        <Show when={reasonWithout(run)} fallback={<Tiles state={props.state} run={run} />}>
          {(reason) => <p>{reason()}</p>}
        </Show>
      )}
    </Show>
  );
}

/** Why nothing of the arrays of a run can be shown; undefined where something can. */
function reasonWithout({ request, description }: LoadedRun): string | undefined {
  if (request.program.kind === "recorded") {
    return "A trace file holds neither the sizes of products nor their operands, so its arrays cannot be shown: simulate the run here instead.";
  }
  const { config, origin } = description;
  if (!origin.units.some(({ kind }) => kind === "tile")) return "This machine has no compute tiles.";
  if (config["fidelity"] === "functional") {
    return "At functional fidelity products take no time, so there are no cycles of an array to show.";
  }
  if (config["use_systolic_arrays"] === false) {
    return "The compute tiles of this machine have no arrays: each multiplies and adds once a cycle.";
  }
  return undefined;
}

function Tiles(props: Pick<ViewProps, "state"> & { readonly run: LoadedRun }): JSX.Element {
  const { state, run } = props;
  const [tile, setTile] = createSignal(0);
  const [held, setHeld] = createSignal<number>();
  const [format, setFormat] = createSignal<RegisterFormat>("numbers");
  const [picked, setPicked] = createSignal<Element>({ row: 0, col: 0 });
  const { config, origin } = run.description;
  const operandBits = Number(config["operand_bits"]);
  const tileUnits = [...origin.units.keys()].filter((unit) => origin.units[unit]?.kind === "tile");
  const unit = (): number => tileUnits[tile()] ?? -1;
  const product = createMemo(() => {
    state.traceVersion();
    return productAt(run.trace, unit(), state.cursor(), held());
  });
  /** The range for which the heat map is: what is marked on the timeline, or the whole run. */
  const range = createMemo(() => {
    const { begin, end } = state.selection() ?? { begin: 0, end: state.latestCycle() };
    return { begin, end: Math.min(end, state.latestCycle()) };
  });
  const hold = (event: number, cycle: number): void => {
    setHeld(event);
    state.moveTo(cycle);
  };
  createEffect(
    on(state.selectedEvent, (event) => {
      if (event === undefined) return;
      const owner = tileUnits.findIndex((each) => placeOf(run.trace, each, event) >= 0);
      if (owner < 0) return;
      setTile(owner);
      setHeld(event);
    }),
  );
  createEffect(() => {
    const shown = product();
    if (shown !== undefined) state.watchArray(tile(), shown.begin, shown.cycle);
  });
  // Looking at the past of a run that goes on would slow it down, so the heat map waits for its end.
  createEffect(() => {
    if (state.isFinished() && range().end > range().begin) state.measureArray(tile(), range());
  });
  const picture = (): ArrayPicture | undefined => {
    const [known, shown] = [state.array(), product()];
    return known?.tile === tile() && known.begin === shown?.begin ? known : undefined;
  };
  const activity = (): ArrayActivity | undefined => {
    const known = state.activity();
    return known?.tile === tile() ? known : undefined;
  };
  const size = () => picture() ?? activity() ?? { rows: 1, cols: 1 };
  const pick = ({ row, col }: Element): void => {
    const { rows, cols } = size();
    setPicked({ row: Math.min(Math.max(row, 0), rows - 1), col: Math.min(Math.max(col, 0), cols - 1) });
  };
  const number = (name: string, value: number, most: number, change: (value: number) => void): JSX.Element => (
    <label>
      {name}{" "}
      <input
        type="number"
        min="0"
        max={most}
        value={value}
        onChange={({ currentTarget }) => {
          const wanted = Math.trunc(Number(currentTarget.value));
          change(Number.isFinite(wanted) ? Math.min(Math.max(wanted, 0), most) : 0);
          currentTarget.value = String(value);
        }}
      />
    </label>
  );
  return (
    <div class="array">
      <div class="controls">
        {number("Compute tile", tile(), tileUnits.length - 1, (wanted) => {
          setTile(wanted);
          setHeld(undefined);
          setPicked({ row: 0, col: 0 });
        })}
        <label>
          Registers as{" "}
          <select
            value={format()}
            onChange={({ currentTarget }) =>
              setFormat(registerFormats.find((each) => each === currentTarget.value) ?? format())
            }
          >
            <option value="numbers">numbers</option>
            <option value="hex">hexadecimal</option>
          </select>
        </label>
        {number("Element: row", picked().row, size().rows - 1, (row) => pick({ ...picked(), row }))}
        {number("column", picked().col, size().cols - 1, (col) => pick({ ...picked(), col }))}
      </div>
      <Show when={product()} fallback={<p>No product has been completed on {origin.units[unit()]?.name} so far.</p>}>
        {(shown) => <ProductSteps at={shown()} events={run.trace.eventsOf(unit())} trace={run.trace} onMove={hold} />}
      </Show>
      <Show when={picture()}>
        {(known) => (
          <>
            <ProductLine picture={known()} />
            <ElementLine
              picture={known()}
              activity={activity()}
              picked={picked()}
              operandBits={operandBits}
              format={format()}
            />
          </>
        )}
      </Show>
      <div class="figures">
        <Show when={picture()}>
          {(known) => (
            <Wavefront picture={known()} operandBits={operandBits} format={format()} picked={picked()} onPick={pick} />
          )}
        </Show>
        <Show
          when={activity()}
          fallback={<p class="faint">How busy each element was is shown when the run has ended.</p>}
        >
          {(known) => <HeatMap activity={known()} picked={picked()} onPick={pick} />}
        </Show>
      </div>
    </div>
  );
}

/** What is multiplied, and in which part of it the array is. */
function ProductLine(props: { readonly picture: ArrayPicture }): JSX.Element {
  return (
    <p class="caption">
      C ({props.picture.product.m} x {props.picture.product.n}) {props.picture.product.accumulate ? "+=" : "="} A (
      {props.picture.product.m} x {props.picture.product.k}) B ({props.picture.product.k} x {props.picture.product.n}),{" "}
      {props.picture.product.format}, {props.picture.dataflow.replace("_", "-")}; fold{" "}
      {grouped(props.picture.snapshot.fold + 1)} of {grouped(props.picture.snapshot.foldCount)}.
      <Show when={!props.picture.hasValues}>
        {" "}
        This machine simulates times only: what the registers hold is not known, only where something is.
      </Show>
    </p>
  );
}

/** The registers of one element in words. */
function ElementLine(props: {
  readonly picture: ArrayPicture;
  readonly activity: ArrayActivity | undefined;
  readonly picked: Element;
  readonly operandBits: number;
  readonly format: RegisterFormat;
}): JSX.Element {
  const place = (): number => props.picked.row * props.picture.cols + props.picked.col;
  const texts = () => registerTexts(props.picture, place(), props.operandBits, props.format);
  const names = () => registerNames[props.picture.dataflow];
  const multiplies = (): boolean => ((props.picture.snapshot.state[place()] ?? 0) & peState.multiplied) !== 0;
  const said = (text: string): string => (text === "" ? "nothing" : text === "·" ? "something" : text);
  return (
    <p class="element" aria-live="polite">
      <b>
        Element ({props.picked.row}, {props.picked.col})
      </b>
      : {names().right}: <b>{said(texts().right)}</b>; {names().down}: <b>{said(texts().down)}</b>; {names().sum}:{" "}
      <b>{said(texts().sum)}</b>; {multiplies() ? "multiplies in this cycle" : "does not multiply in this cycle"}
      <Show when={props.activity}>
        {(known) => <>; multiplies in {percent(shareOf(known(), place()))} of the cycles below</>}
      </Show>
      .
    </p>
  );
}
