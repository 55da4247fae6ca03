// `node --import tsx tooling/sweep/bucket.ts ADDRESS PORT`: the S3 of this repository's tests, as a server of its own.
import { s3 } from "../../packages/sweep/test/s3.js";

const [address = "127.0.0.1", port = "9000"] = process.argv.slice(2);
s3(new Map()).listen(Number(port), address, () => console.log("listens"));
