// ModelStreamInfer in Triton's form: an answer per request, in the order of the requests; errors travel in-band, unless
// the caller asked by metadata that the first one ends the stream as a status.
import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import type { ModelInferRequest__Output } from '#proto/gen/inference/ModelInferRequest.ts';
import type { ModelStreamInferResponse } from '#proto/gen/inference/ModelStreamInferResponse.ts';
import { type InferContext, infer, type Patience } from './infer-call.ts';
import { refusalOf } from './refusal.ts';

type Stream = ServerDuplexStream<ModelInferRequest__Output, ModelStreamInferResponse>;

/** Requests of a stream under way; more are not read before answers were taken. */
const MOST_IN_FLIGHT = 64;
const STATUS_ERRORS = 'triton_grpc_error';

/** The handler. */
export function modelStreamInfer(
  context: InferContext,
  patienceOf: (stream: Stream) => Patience,
): handleBidiStreamingCall<ModelInferRequest__Output, ModelStreamInferResponse> {
  return (stream) => new InferStream(stream, context, patienceOf(stream)).start();
}

class InferStream {
  readonly #stream: Stream;
  readonly #context: InferContext;
  readonly #patience: Patience;
  readonly #isStrict: boolean;
  /** Answers in the order of their requests. */
  readonly #answers: Promise<ModelStreamInferResponse | Error>[] = [];
  #isWriting = false;
  #hasEnded = false;
  #isOver = false;

  constructor(stream: Stream, context: InferContext, patience: Patience) {
    this.#stream = stream;
    this.#context = context;
    this.#patience = patience;
    this.#isStrict = stream.metadata.get(STATUS_ERRORS)[0] === 'true';
  }

  start(): void {
    this.#stream.on('data', (request: ModelInferRequest__Output) => this.#take(request));
    this.#stream.on('end', () => {
      this.#hasEnded = true;
      void this.#write();
    });
    this.#stream.on('error', () => {
      this.#isOver = true;
    });
  }

  #take(request: ModelInferRequest__Output): void {
    this.#answers.push(
      infer(this.#context, request, this.#patience).then(
        (inferResponse) => ({
          errorMessage: '',
          inferResponse: {
            ...inferResponse,
            // Triton tells so which answer of a request is the last; here it is the only one.
            parameters: { triton_final_response: { boolParam: true } },
          },
        }),
        (error: unknown) => this.#failure(request, error),
      ),
    );
    if (this.#answers.length >= MOST_IN_FLIGHT) this.#stream.pause();
    void this.#write();
  }

  #failure(request: ModelInferRequest__Output, error: unknown): ModelStreamInferResponse | Error {
    const refusal = refusalOf(error);
    if (this.#isStrict) return refusal;
    const { id, modelName, modelVersion } = request;
    return { errorMessage: refusal.message, inferResponse: { id, modelName, modelVersion } };
  }

  /** Writes what is answered, one after another, as fast as the caller reads. */
  async #write(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    for (let next = this.#answers[0]; next !== undefined && !this.#isOver; next = this.#answers[0]) {
      await this.#writeOne(await next);
      this.#answers.splice(0, 1);
      if (this.#answers.length < MOST_IN_FLIGHT) this.#stream.resume();
    }
    this.#isWriting = false;
    if (this.#hasEnded && !this.#isOver) {
      this.#isOver = true;
      this.#stream.end();
    }
  }

  async #writeOne(answer: ModelStreamInferResponse | Error): Promise<void> {
    if (this.#isOver) return;
    if (answer instanceof Error) {
      this.#isOver = true;
      this.#stream.emit('error', answer);
    } else if (!this.#stream.write(answer)) {
      await this.#drained();
    }
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const stopWatching = this.#patience.presence.watch(resolve);
      this.#stream.once('drain', () => {
        stopWatching();
        resolve();
      });
    });
  }
}
