/// <reference lib="dom" />

/** What fingers, mice and wheels ask of a picture. */
export interface Gestures {
  /** Ends the listening. */
  readonly signal: AbortSignal;
  move(dx: number, dy: number): void;
  /** About a point of the canvas, which stays where it is. */
  zoom(factor: number, x: number, y: number): void;
  click(x: number, y: number): void;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A pointer that moves less than this clicks. */
const still = 4;

/** Drags move, two fingers and wheels zoom. */
export function listen(canvas: HTMLCanvasElement, { signal, move, zoom, click }: Gestures): void {
  const pointers = new Map<number, Point>();
  let moved = 0;
  const down = (event: PointerEvent): void => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    moved = 0;
  };
  const drag = (event: PointerEvent): void => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.offsetX, y: event.offsetY };
    const [other] = [...pointers].flatMap(([id, point]) => (id === event.pointerId ? [] : [point]));
    if (other) {
      const apart = (point: Point): number => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y));
      zoom(apart(now) / apart(before), (now.x + other.x) / 2, (now.y + other.y) / 2);
    } else move(now.x - before.x, now.y - before.y);
    moved += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
    pointers.set(event.pointerId, now);
  };
  const up = (event: PointerEvent): void => {
    if (pointers.delete(event.pointerId) && moved <= still && event.type === "pointerup")
      click(event.offsetX, event.offsetY);
  };
  const turn = (event: WheelEvent): void => {
    event.preventDefault();
    if (event.shiftKey && !event.ctrlKey) move(-(event.deltaX || event.deltaY), 0);
    else zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), event.offsetX, event.offsetY);
  };
  canvas.addEventListener("pointerdown", down, { signal });
  canvas.addEventListener("pointermove", drag, { signal });
  canvas.addEventListener("pointerup", up, { signal });
  canvas.addEventListener("pointercancel", up, { signal });
  canvas.addEventListener("wheel", turn, { signal, passive: false });
}
