// Which execution provider a graph runs on. A provider that cannot be had fails the process; the CPU takes its place
// only where that was asked for, and then it is counted and said.
import { InferenceSession } from 'onnxruntime-node';
import { type Provider, type ProviderChoice, ProviderError } from './provider-names.ts';

/** A session, and what it runs on. */
export interface OpenedSession {
  readonly session: InferenceSession;
  readonly provider: Provider;
}

type Options = InferenceSession.SessionOptions;

const COMMON: Options = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  extra: { session: { intra_op: { allow_spinning: '0' } } },
};

// The CPU is not listed behind a device: ONNX Runtime would put operators there without a word.
const SETTINGS: Readonly<Record<Provider, Options>> = {
  cpu: { executionProviders: ['cpu'] },
  cuda: {
    executionProviders: [{ name: 'cuda', deviceId: 0 }],
    extra: { session: { intra_op: { allow_spinning: '0' }, disable_cpu_ep_fallback: '1' } },
  },
  tensorrt: {
    executionProviders: [
      { name: 'tensorrt', deviceId: 0 },
      { name: 'cuda', deviceId: 0 },
    ],
    extra: { session: { intra_op: { allow_spinning: '0' }, disable_cpu_ep_fallback: '1' } },
  },
};

/** Opens a session. Rejects with ProviderError, or with ONNX Runtime's own error when the CPU refuses the graph too. */
export async function openSession(bytes: Uint8Array, choice: ProviderChoice): Promise<OpenedSession> {
  const { provider, allowsCpu } = choice;
  if (provider === 'cpu') return { session: await create(bytes, provider), provider };
  try {
    return { session: await create(bytes, provider), provider };
  } catch (cause) {
    if (!allowsCpu) throw new ProviderError(provider, { cause });
    return { session: await create(bytes, 'cpu'), provider: 'cpu' };
  }
}

function create(bytes: Uint8Array, provider: Provider): Promise<InferenceSession> {
  return InferenceSession.create(bytes, { ...COMMON, ...SETTINGS[provider] });
}
