import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ModelInferRequest, ModelInferRequest__Output } from '#proto/gen/inference/ModelInferRequest.ts';
import type {
  ModelInferResponse,
  ModelInferResponse__Output,
} from '#proto/gen/inference/ModelInferResponse.ts';
import { loadDefinition, protoFiles } from '#proto/load.ts';
import { requestReader, responseWriter } from './infer-codec.ts';

const service = loadDefinition(protoFiles.inference)['inference.GRPCInferenceService'] as unknown as {
  readonly ModelInfer: {
    requestSerialize(request: ModelInferRequest): Buffer;
    requestDeserialize(bytes: Buffer): ModelInferRequest__Output;
    responseSerialize(response: ModelInferResponse): Buffer;
    responseDeserialize(bytes: Buffer): ModelInferResponse__Output;
  };
};
const { requestSerialize, requestDeserialize, responseSerialize, responseDeserialize } = service.ModelInfer;

const aRequest = (change: ModelInferRequest = {}): ModelInferRequest => ({
  modelName: 'trajectory',
  parameters: { member: { int64Param: '1' } },
  inputs: [{ name: 'age', datatype: 'FP32', shape: [1, 1] }],
  outputs: [{ name: 'event' }],
  rawInputContents: [Buffer.from([1, 2, 3, 4])],
  ...change,
});

/** The fields of a message in another order: its last bytes first. */
const rotated = (bytes: Buffer, by: number): Buffer =>
  Buffer.concat([bytes.subarray(-by), bytes.subarray(0, -by)]);

describe('a reader of requests', () => {
  const cases: readonly (readonly [string, Buffer])[] = [
    ['raw contents', requestSerialize(aRequest())],
    ['raw contents again', requestSerialize(aRequest({ rawInputContents: [Buffer.from([5, 6, 7, 8])] }))],
    ['an id', requestSerialize(aRequest({ id: 'one' }))],
    ['another id', requestSerialize(aRequest({ id: 'zwei ü' }))],
    ['another model', requestSerialize(aRequest({ modelName: 'other', id: 'one' }))],
    [
      'another shape',
      requestSerialize(aRequest({ inputs: [{ name: 'age', datatype: 'FP32', shape: [2, 1] }] })),
    ],
    [
      'large and empty contents',
      requestSerialize(aRequest({ rawInputContents: [Buffer.alloc(70_000, 7), Buffer.alloc(0)] })),
    ],
    ['no contents', requestSerialize(aRequest({ rawInputContents: [] }))],
    [
      'typed contents',
      requestSerialize(
        aRequest({ rawInputContents: [], inputs: [{ name: 'age', contents: { fp32Contents: [1] } }] }),
      ),
    ],
    ['contents before the rest', rotated(requestSerialize(aRequest()), 6)],
    ['two ids', Buffer.concat([requestSerialize({ id: 'a' }), requestSerialize(aRequest({ id: 'b' }))])],
    ['a large head', requestSerialize(aRequest({ modelName: 'm'.repeat(5_000) }))],
    ['a field of another kind', Buffer.concat([Buffer.from([0x78, 1]), requestSerialize(aRequest())])],
    ['nothing', Buffer.alloc(0)],
  ];
  const read = requestReader(requestDeserialize);
  for (const round of ['first', 'second']) {
    for (const [name, bytes] of cases) {
      it(`reads what protobuf.js reads: ${name}, ${round} time`, () => {
        assert.deepEqual(read(bytes), requestDeserialize(bytes));
      });
    }
  }

  it('refuses what protobuf.js refuses', () => {
    const cut = requestSerialize(aRequest()).subarray(0, -1);
    assert.throws(() => requestDeserialize(cut));
    assert.throws(() => read(cut));
  });

  it('parses equal heads once', () => {
    let parsed = 0;
    const counted = requestReader((bytes) => {
      parsed++;
      return requestDeserialize(bytes);
    });
    const all = ['1', '2', ''].map((id) => counted(requestSerialize(aRequest({ id }))));
    assert.equal(parsed, 1);
    assert.equal(all[0]?.inputs, all[2]?.inputs);
  });
});

describe('a writer of responses', () => {
  const outputs = [{ name: 'event', datatype: 'INT32', shape: [1] }];
  const answer = (change: ModelInferResponse = {}): ModelInferResponse => ({
    ...{ modelName: 'trajectory', modelVersion: '1', id: '', outputs },
    rawOutputContents: [Buffer.from([1, 2, 3, 4]), Buffer.alloc(300, 9), Buffer.alloc(0)],
    ...change,
  });
  const cases: readonly (readonly [string, ModelInferResponse])[] = [
    ['raw contents', answer()],
    ['an id and other contents', answer({ id: 'über', rawOutputContents: [Buffer.alloc(40_000, 3)] })],
    [
      'typed contents',
      answer({ rawOutputContents: [], outputs: [{ name: 'x', contents: { fp32Contents: [1.5] } }] }),
    ],
    ['parameters', answer({ parameters: { final: { boolParam: true } } })],
    ['an error form', { id: 'x', modelName: 'trajectory' }],
  ];
  const write = responseWriter(responseSerialize);
  for (const [name, response] of cases) {
    it(`writes what protobuf.js reads as the same: ${name}`, () => {
      assert.deepEqual(
        responseDeserialize(write(response)),
        responseDeserialize(responseSerialize(response)),
      );
    });
  }
});
