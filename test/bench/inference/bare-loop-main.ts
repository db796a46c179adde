// Entry of the bare loop as a process of its own: rolls on each message of its parent, answers with what it took.
import { aRequest, bundleFolder } from '../../integration/inference/worker.ts';
import { bareLoop } from './bare-loop.ts';
import { workload } from './workload.ts';

const loop = await bareLoop(bundleFolder, workload(aRequest), 256);
process.on('message', async () => {
  process.send?.(await loop());
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
