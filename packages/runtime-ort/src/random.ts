export { type Random, randomStream } from "@prune/samples";
