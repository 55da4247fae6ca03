export { type Random, random } from "@prune/samples";
