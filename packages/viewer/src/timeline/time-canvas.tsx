import { createEffect, type JSX, onCleanup, onMount } from "solid-js";
import type { Colours } from "./draw.ts";
import { coloursOf } from "./page-colours.ts";
import type { TimeNavigation } from "./time-navigation.ts";

type Paint = (canvas: CanvasRenderingContext2D, colours: Colours) => void;

/** A canvas that shows what its navigation says; drawn anew at most once a frame. */
export function TimeCanvas(props: {
  readonly navigation: TimeNavigation;
  readonly label: string;
  /** Looks at all that the picture depends on, and gives what draws it; undefined where there is nothing to draw. */
  readonly painter: () => Paint | undefined;
}): JSX.Element {
  let canvas: HTMLCanvasElement | undefined;
  let room: HTMLDivElement | undefined;
  let frame = 0;
  const { navigation } = props;
  createEffect(() => {
    const { width, height } = navigation.size();
    const paint = props.painter();
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      const context = canvas?.getContext("2d");
      if (canvas === undefined || !context || paint === undefined) return;
      const scale = devicePixelRatio;
      canvas.width = width * scale;
      canvas.height = height * scale;
      context.setTransform(scale, 0, 0, scale, 0, 0);
      paint(context, coloursOf(canvas));
    });
  });
  onMount(() => {
    if (canvas !== undefined && room !== undefined) navigation.attach(canvas, room);
  });
  onCleanup(() => cancelAnimationFrame(frame));
  return (
    <div
      class="lane-canvas"
      ref={(element) => {
        room = element;
      }}
    >
      <canvas
        ref={(element) => {
          canvas = element;
        }}
        role="img"
        aria-label={props.label}
        style={{ width: `${navigation.size().width}px`, height: `${navigation.size().height}px` }}
      />
    </div>
  );
}
