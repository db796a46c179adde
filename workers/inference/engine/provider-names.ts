// What can be asked for, without the runtime that provides it: the main thread reads this, and never loads ONNX Runtime.
import { CodedError } from '#runtime/errors.ts';

/** Providers that can be asked for. TensorRT leaves to CUDA what it cannot run. */
export const PROVIDERS = ['cpu', 'cuda', 'tensorrt'] as const;
/** One of PROVIDERS. */
export type Provider = (typeof PROVIDERS)[number];

/** What is asked for. */
export interface ProviderChoice {
  readonly provider: Provider;
  /** Whether the CPU takes the place of a provider that cannot be had. */
  readonly allowsCpu: boolean;
}

/** The device that was asked for is not there, or its libraries are not: another node or image may have them. */
export class ProviderError extends CodedError {
  constructor(provider: Provider, options?: ErrorOptions) {
    super(
      'ProviderUnavailable',
      `the execution provider ${provider} cannot be had in this pod: run the image with its libraries on a node with the ` +
        'device and its driver, or set TWINWARD_PROVIDER_FALLBACK=cpu',
      options,
    );
  }
}

/** Rows given to a graph on a device: few sizes, since each is tuned, or built, on its own. */
const DEVICE_BUCKETS = [64, 256, 1_024] as const;
const CPU_PADDING = 16;

/** How many rows a run of `count` rows is padded to: whole sixteens on the CPU, a bucket on a device. */
export function paddedRows(count: number, capacity: number, provider: Provider): number {
  if (provider === 'cpu') return Math.ceil(count / CPU_PADDING) * CPU_PADDING;
  return Math.min(capacity, DEVICE_BUCKETS.find((bucket) => bucket >= count) ?? capacity);
}
