// A graph for rollouts: on the CPU without the horizons that nobody asked for, where the graph gives the same bits so.
import { answersFewerHorizons, withFreeHorizons } from '../bundle/horizon-self-test.ts';
import type { TrajectoryModel } from '../trajectory/model.ts';
import { type OnnxGraphSession, openGraph } from './onnx-graph.ts';
import type { ProviderChoice } from './provider-names.ts';

/**
 * Opens a graph; on a device as it is, since sizes of a run are few there. Rejects with ProviderError, or with ONNX
 * Runtime's own error when it does not load the graph.
 */
export async function openStepGraph(
  bytes: Uint8Array,
  model: TrajectoryModel,
  choice: ProviderChoice = { provider: 'cpu', allowsCpu: false },
): Promise<OnnxGraphSession> {
  const freed = choice.provider === 'cpu' ? withFreeHorizons(bytes) : undefined;
  if (freed === undefined) return openGraph(bytes, model, choice);
  const graph = await openGraph(freed, model, choice, 'as-needed');
  if (await answersFewerHorizons(model.sizes, graph.infer)) return graph;
  await graph.release();
  return openGraph(bytes, model, choice);
}
