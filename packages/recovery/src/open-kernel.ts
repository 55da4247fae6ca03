import { createProducts } from "./kernel/products.js";
import { productsWasm } from "./kernel/products.wasm.js";
import { createKernel, type Kernel } from "./kernel.js";

/** The kernel, by WebAssembly where there is any. */
export const openKernel = (): Kernel => createKernel(createProducts(productsWasm));

/** Text that evaluates to what opens the same in a worker. */
export const kernelText = (): string => `() => (${createKernel})((${createProducts})("${productsWasm}"))`;
