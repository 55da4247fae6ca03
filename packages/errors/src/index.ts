export { catalogue, type ErrorClass, type ErrorOf, type Messages } from "./catalogue.js";
export { type OptionName, PruneError, type PruneErrorOptions } from "./prune-error.js";
