import type { Command } from "commander";

export interface QueuePlace {
  readonly queue?: string;
  readonly queueName?: string;
  readonly store?: string;
}

/** What a sweep and a worker say of the queue between them. */
export const addQueue = (command: Command): Command =>
  command
    .option(
      "--queue <url>",
      "redis://host:6379 or postgres://host/database; with a password: PRUNE_QUEUE in the environment",
    )
    .option("--queue-name <name>", "what the queue is called (default: prune)")
    .option(
      "--store <place>",
      "where files are: a folder that all machines see, s3://bucket/prefix, or queue (default: queue)",
    );
