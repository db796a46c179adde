// `npm run bench`: prints figures, and ratios against a baseline in the same run. Nothing here passes or fails by time:
// machines are shared and noisy. With names as arguments (ingest, inference, operator) only those run.
import { availableParallelism, cpus, loadavg } from 'node:os';
import { benchInference } from './inference.ts';
import { benchIngest } from './ingest.ts';
import { benchOperator } from './operator.ts';

const benches: Readonly<Record<string, { readonly title: string; readonly run: () => Promise<void> }>> = {
  ingest: {
    title: 'FHIR resources per second into the store, with sealing, isolation, revisions and audit',
    run: benchIngest,
  },
  inference: {
    title: 'Events per second per core, against a bare loop of the same graph in Python',
    run: benchInference,
  },
  operator: {
    title: 'PatientTwins to Ready per second, against a raw writer of the same writes',
    run: benchOperator,
  },
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benches);
const unknown = wanted.filter((name) => benches[name] === undefined);
if (unknown.length > 0) {
  console.error(`unknown benchmark ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}
console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}; Node ${process.version}`,
);
for (const name of wanted) {
  console.log(`\n━━ ${name}: ${benches[name]?.title}`);
  await benches[name]?.run();
}
