import { peState } from "kpu-sim";
import { For, type JSX } from "solid-js";
import type { ArrayPicture } from "../engine/array-watch.ts";
import { GridCanvas } from "./grid-canvas.tsx";
import { operandText, type RegisterFormat, registerNames, sumText } from "./register-text.ts";

type Element = { readonly row: number; readonly col: number };

/** What the registers of an element hold, as texts; empty where they hold nothing, a dot where values are not known. */
export function registerTexts(
  { snapshot, product, hasValues }: ArrayPicture,
  place: number,
  operandBits: number,
  as: RegisterFormat,
): { readonly right: string; readonly down: string; readonly sum: string } {
  const { right, down, sum, state } = snapshot;
  const flags = state[place] ?? 0;
  const text = (flag: number, bits: number | undefined, write: (bits: number) => string): string => {
    if ((flags & flag) === 0) return "";
    return hasValues ? write(bits ?? 0) : "·";
  };
  const operand = (bits: number): string => operandText(bits, product.format, operandBits, as);
  return {
    right: text(peState.right, right[place], operand),
    down: text(peState.down, down[place], operand),
    sum: text(peState.sum, sum[place], (bits) => sumText(bits, product.format, as)),
  };
}

/** The array at a cycle of a product: what each element holds, and whether it multiplies. */
export function Wavefront(props: {
  readonly picture: ArrayPicture;
  readonly operandBits: number;
  readonly format: RegisterFormat;
  readonly picked: Element;
  readonly onPick: (element: Element) => void;
}): JSX.Element {
  const names = () => registerNames[props.picture.dataflow];
  const cells = () => {
    const { picture, operandBits, format } = props;
    const { state } = picture.snapshot;
    return (place: number, colours: { readonly busy: string; readonly faint: string }, hasText: boolean) => {
      const flags = state[place] ?? 0;
      const texts = hasText ? registerTexts(picture, place, operandBits, format) : undefined;
      return {
        colour: (flags & peState.multiplied) === 0 ? colours.faint : colours.busy,
        alpha: (flags & peState.multiplied) === 0 ? (flags === 0 ? 0 : 0.18) : hasText ? 0.4 : 0.9,
        lines: texts === undefined ? [] : [texts.right, texts.down, texts.sum],
      };
    };
  };
  return (
    <figure class="wavefront">
      <GridCanvas
        rows={props.picture.rows}
        cols={props.picture.cols}
        height={640}
        label={`Array of ${props.picture.rows} x ${props.picture.cols} elements after cycle ${props.picture.snapshot.cycle} of the product; the line below tells the registers of one`}
        picked={props.picked}
        onPick={props.onPick}
        cells={cells}
      />
      <figcaption class="legend">
        <span class="busy">multiplies in this cycle</span> <span class="holds">holds an element</span>
        <span class="hint">
          in each element, from top to bottom:{" "}
          <For each={[names().right, names().down, names().sum]}>
            {(name, place) => `${place() === 0 ? "" : "; "}${name}`}
          </For>
        </span>
      </figcaption>
    </figure>
  );
}
