/** What a budget is set on. `gzip` (bytes) and `latency` (milliseconds) are measured; the others are computed. */
export type Resource = "macs" | "parameters" | "bytes" | "gzip" | "latency";

export const resources: readonly Resource[] = ["macs", "parameters", "bytes", "gzip", "latency"];
