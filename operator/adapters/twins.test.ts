import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { loadDefinition, protoFiles } from '#proto/load.ts';
import { statusError } from '#proto/status.ts';
import { TwinService } from './twins.ts';

interface Twins {
  readonly twins: readonly { readonly handle: string }[];
}

const tenant = { namespace: 'clinic', namespaceUid: 'uid', purpose: 'clinical', adoptsNamespaceUid: '' };

describe('the adapter of the twin service', () => {
  const server = new Server();
  let service: TwinService;
  let requests = 0;
  let refuse: string | undefined;
  const reports: string[] = [];

  before(async () => {
    const definition = loadDefinition(protoFiles.twinward)['twinward.v1.TwinControl'] as ServiceDefinition;
    server.addService(definition, {
      EnsureTwins: ({ request }: ServerUnaryCall<Twins, unknown>, answer: sendUnaryData<unknown>) => {
        requests++;
        if (refuse !== undefined) answer(statusError(9, refuse, 'refused'));
        else
          answer(null, {
            states: request.twins.toReversed().map(({ handle }) => ({ handle, message: `of ${handle}` })),
          });
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    service = new TwinService({ address: `127.0.0.1:${port}` }, (available, reason) =>
      reports.push(`${available} ${reason}`),
    );
  });

  after(() => {
    service.close();
    server.forceShutdown();
  });

  it('sends the twins of one moment as one request, and gives each the state of its own handle', async () => {
    const handles = ['a', 'b', 'c'];
    const answers = await Promise.all(handles.map((handle) => service.ensureTwin(tenant, { handle })));
    assert.deepEqual(
      answers.map((answer) => answer.available && answer.value.message),
      ['of a', 'of b', 'of c'],
    );
    assert.equal(requests, 1);
  });

  it('says what to do when a namespace was made anew', async () => {
    refuse = 'TENANT_RECREATED';
    const answer = await service.ensureTwin(tenant, { handle: 'a' });
    assert.match(answer.available ? '' : answer.message, /twinward\.io\/adopts-namespace/);
    refuse = undefined;
    await service.ensureTwin(tenant, { handle: 'a' });
    assert.deepEqual(reports, ['false TENANT_RECREATED', 'true ']);
  });
});
