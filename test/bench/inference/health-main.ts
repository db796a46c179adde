// Entry of a prober, a process of its own as a kubelet is: health checks every 10 ms until its parent speaks, then what
// they took, and by how much its own timers were late, which says how much of it is the machine's.
import { callOnce, framed, openConnection } from './http2-client.ts';

const PATH = '/grpc.health.v1.Health/Check';
const EVERY_MS = 10;
const WARM_UP = 20;

const session = openConnection(process.argv[2] ?? '');
const frame = framed(new Uint8Array());
const state = { isOver: false };
process.on('message', () => {
  state.isOver = true;
});
for (let check = 0; check < WARM_UP; check++) await callOnce(session, PATH, frame);
process.send?.('ready');
const [took, late]: [number[], number[]] = [[], []];
while (!state.isOver) {
  const start = performance.now();
  await callOnce(session, PATH, frame);
  const end = performance.now();
  took.push(end - start);
  await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  late.push(performance.now() - end - EVERY_MS);
}
process.send?.({ took, late }, () => process.disconnect());
session.close();
