import { find, type Names, TRUE } from "./names.js";

/** The atoms of every name at one moment, flat: those of name `id` are list[start[id]] to list[end[id] - 1], ascending. */
export interface AtomSets {
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly list: Int32Array;
}

/** The atom sets of all names as they are now; computed again only if a name changed since. */
export function atomSets(names: Names): AtomSets {
  const age = names.count + names.changes;
  if (names.flat?.age !== age) names.flat = { age, sets: flatten(names) };
  return names.flat.sets;
}

function flatten(names: Names): AtomSets {
  const { count, left, right } = names;
  const start = new Int32Array(count).fill(-1);
  const end = new Int32Array(count);
  // Most names became others, and have no set of their own.
  let list = new Int32Array(1024 + (count >> 2));
  let next = 0;
  const room = (n: number): void => {
    if (next + n <= list.length) return;
    const bigger = new Int32Array(Math.max(list.length * 2, next + n));
    bigger.set(list);
    list = bigger;
  };
  start[TRUE] = 0;
  const stack: number[] = [];
  const settle = (first: number): void => {
    stack.push(first);
    while (stack.length > 0) {
      const root = stack[stack.length - 1] as number;
      const a = left[root] === 0 ? TRUE : find(names, left[root] as number);
      const b = left[root] === 0 ? TRUE : find(names, right[root] as number);
      if (start[a] === -1) stack.push(a);
      else if (start[b] === -1) stack.push(b);
      else {
        stack.pop();
        if (start[root] !== -1) continue;
        room((end[a] as number) - (start[a] as number) + (end[b] as number) - (start[b] as number) + 1);
        start[root] = next;
        next = left[root] === 0 ? append(root) : merge(a, b);
        end[root] = next;
      }
    }
  };
  const append = (atom: number): number => {
    list[next] = atom;
    return next + 1;
  };
  const merge = (a: number, b: number): number => {
    let i = start[a] as number;
    let j = start[b] as number;
    let o = next;
    const p = end[a] as number;
    const q = end[b] as number;
    while (i < p || j < q) {
      const x = i < p ? (list[i] as number) : Infinity;
      const y = j < q ? (list[j] as number) : Infinity;
      list[o++] = Math.min(x, y);
      if (x <= y) i++;
      if (y <= x) j++;
    }
    return o;
  };
  for (let id = 1; id < count; id++) {
    const root = find(names, id);
    if (start[root] === -1) settle(root);
    start[id] = start[root] as number;
    end[id] = end[root] as number;
  }
  return { start, end, list };
}
