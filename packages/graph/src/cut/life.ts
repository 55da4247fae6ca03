import { find, type Names, TRUE } from "../names/names.js";

/** 1 for every id that lives once the given atoms are removed. */
export function livesAfter(names: Names, removed: Iterable<number>): Uint8Array {
  const unknown = 2;
  const life = new Uint8Array(names.count).fill(unknown);
  life[TRUE] = 1;
  for (const atom of removed) life[find(names, atom)] = 0;
  const stack: number[] = [];
  for (let id = 1; id < names.count; id++) {
    const root = find(names, id);
    if (life[root] === unknown) settle(names, life, root, stack);
    life[id] = life[root] as number;
  }
  return life;
}

function settle(names: Names, life: Uint8Array, start: number, stack: number[]): void {
  stack.push(start);
  while (stack.length > 0) {
    const root = stack[stack.length - 1] as number;
    const left = names.left[root] as number;
    if (left === 0) {
      life[root] = 1;
      stack.pop();
      continue;
    }
    const a = find(names, left);
    const b = find(names, names.right[root] as number);
    if (life[a] === 2) stack.push(a);
    else if (life[b] === 2) stack.push(b);
    else {
      life[root] = (life[a] as number) & (life[b] as number);
      stack.pop();
    }
  }
}
