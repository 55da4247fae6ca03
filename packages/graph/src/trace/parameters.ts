import { type Block, fixed, type Layout } from "../layout/layout.js";
import { freshIds, type Names } from "../names/names.js";
import type { Parameter, Selector } from "./value.js";

/** The parameters of a trace and their names, made as dims are first used. */
export interface Parameters {
  readonly all: Parameter[];
  /** Selector of the parameter dim that a names array belongs to. */
  readonly owners: Map<Int32Array, Selector>;
  /** Layout of a parameter with names on the given dims. */
  own(tensor: string, shape: readonly number[], dims: readonly number[], node: string, use?: Use): Layout;
  /** A tensor's shared use, or that of one node input, for selectors over a finer view. */
  of(tensor: string, shape: readonly number[], use?: Use): Parameter;
}

export interface Use {
  readonly node: number;
  readonly input: number;
  readonly derived: boolean;
}

export function createParameters(names: Names, isDerived: (tensor: string) => boolean): Parameters {
  const all: Parameter[] = [];
  const made = new Map<string, Parameter>();
  const layouts = new Map<Parameter, Layout>();
  const owners = new Map<Int32Array, Selector>();

  const register = (tensor: string, shape: readonly number[], use?: Use): Parameter => {
    const place = use && { node: use.node, input: use.input };
    const key = use ? `${tensor}\n${use.node}:${use.input}` : tensor;
    const known = made.get(key);
    if (known) return known;
    const parameter = {
      tensor,
      shape,
      use: place,
      derived: use?.derived ?? isDerived(tensor),
      selectors: [],
    };
    all.push(parameter);
    layouts.set(parameter, fixed(shape));
    made.set(key, parameter);
    return parameter;
  };

  return {
    all,
    owners,
    of: register,
    own(tensor, shape, dims, node, use) {
      const parameter = register(tensor, shape, use);
      let layout = layouts.get(parameter) as Layout;
      const added: Block[] = [];
      for (const dim of dims) {
        const factor = layout.owner.indexOf(dim);
        if (factor < 0 || shape[dim] === 0 || layout.blocks.some((block) => block.at[0] === factor)) continue;
        const ids = freshIds(names, shape[dim] as number);
        const selector: Selector = { view: shape, dims: [dim], ids, role: "value", node };
        parameter.selectors.push(selector);
        owners.set(ids, selector);
        added.push({ at: [factor], ids });
      }
      if (added.length > 0) {
        layout = { ...layout, blocks: [...layout.blocks, ...added] };
        layouts.set(parameter, layout);
      }
      return layout;
    },
  };
}
