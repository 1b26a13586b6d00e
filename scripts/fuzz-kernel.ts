/** Runs the kernel fuzzer (test/conformance/fuzz/main.ts): `npm run fuzz:kernel -- --seconds N --seed N [--all]`. */
import { main } from '../test/conformance/fuzz/main.ts';

process.exitCode = await main(process.argv.slice(2));
