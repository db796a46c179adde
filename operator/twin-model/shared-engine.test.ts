import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aModel, anInstallation, aSimulation, aTenant, digest } from '../../test/build.ts';
import type { Installation } from '../installation.ts';
import { job } from '../simulation/children.ts';
import { deployment, inferenceContainer, service } from './children.ts';
import { decide } from './decide.ts';

const secured: Installation = { ...anInstallation, sharedEngines: { twinsNamespace: 'twinward-system' } };
const variable = (
  env: readonly { readonly name: string; readonly value?: string }[] = [],
  name = '',
): unknown => env.find((one) => one.name === name)?.value;

describe('an engine with an accelerator', () => {
  it('asks for CUDA, and never computes on the CPU instead', () => {
    const plain = aModel();
    const model = {
      ...plain,
      spec: { ...plain.spec, accelerator: { resource: { name: 'nvidia.com/gpu', count: 1 } } },
    };
    const { env, image } = inferenceContainer(model, digest('a'), secured);
    assert.equal(image, 'ghcr.io/twinward/inference:1-cuda');
    assert.equal(inferenceContainer(plain, digest('a'), secured).image, 'ghcr.io/twinward/inference:1');
    assert.equal(variable(env, 'TWINWARD_PROVIDER'), 'cuda');
    assert.equal(variable(env, 'TWINWARD_PROVIDER_FALLBACK'), undefined);
    assert.equal(
      variable(inferenceContainer(plain, digest('a'), secured).env, 'TWINWARD_PROVIDER'),
      undefined,
    );
  });
});

describe('a shared engine that knows its callers', () => {
  const { volumes, containers } = deployment(aModel(), 1, secured).spec.template.spec;

  it('answers the twin service and the simulate workers of its own namespace', () => {
    assert.equal(
      variable(containers[0]?.env, 'TWINWARD_CALLERS'),
      'twinward-system/twinward-twins,clinic/twinward-simulate',
    );
  });

  it('has its certificate and the keys of the issuer mounted, read-only', () => {
    assert.deepEqual(
      volumes?.map(({ name, secret, configMap }) => [name, secret?.secretName ?? configMap?.name]),
      [
        ['tls', 'twinward-engine-tls'],
        ['callers', 'twinward-engine-callers'],
      ],
    );
    assert.ok(containers[0]?.volumeMounts?.every(({ readOnly }) => readOnly === true));
  });

  it('still holds no token of its own', () => {
    const pod = deployment(aModel(), 1, secured).spec.template.spec;
    assert.equal(pod.automountServiceAccountToken, false);
    assert.ok(volumes?.every(({ projected }) => projected === undefined));
  });

  it('is told to the twin service as one that speaks TLS', () => {
    const observed = {
      model: aModel(),
      tenant: aTenant,
      deployments: [],
      pods: [],
      existing: [],
      pinnedBy: {},
    };
    const target = (installation: Installation): unknown =>
      decide({ ...observed, installation }, new Date()).endpoint.target;
    assert.equal(target(secured), `tls:${target(anInstallation)}`);
    assert.match(String(target(anInstallation)), /^dns:\/\/\/trajectory-/);
  });

  it('no longer claims to speak plain HTTP/2', () => {
    assert.equal(service(aModel(), secured).spec.ports?.[0]?.appProtocol, 'https');
  });

  it('gets the trust bundle and the token of its workers; a dedicated one gets neither', () => {
    const caOf = (engine: 'Shared' | 'Dedicated'): unknown => {
      const simulation = { ...aSimulation(), spec: { ...aSimulation().spec, engine } };
      const input = { simulation, model: aModel(), installation: secured, runKey: 'r', attempt: 1, units: 1 };
      const pod = job({ ...input, modelSha256: digest('a') }).spec.template.spec;
      return variable(pod.containers[0]?.env, 'TWINWARD_INFERENCE_CA');
    };
    assert.equal(caOf('Shared'), '/var/run/secrets/twinward-ca/ca.crt');
    assert.equal(caOf('Dedicated'), undefined);
    assert.equal(
      variable(inferenceContainer(aModel(), digest('a'), secured).env, 'TWINWARD_CALLERS'),
      undefined,
    );
  });
});
