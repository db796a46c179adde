// The chart's Deployment and the Secret that its values describe give the process all that it needs, and nothing of it
// is superfluous.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { z } from 'zod';
import { readConfig } from '#runtime/config.ts';
import { configSchema } from '../../../dashboard/config.ts';
import { renderChart } from '../../network/policies.ts';

const chart = join(import.meta.dirname, '../../../charts/twinward');
const container = z.object({
  env: z.array(z.object({ name: z.string(), value: z.string().optional() })),
  envFrom: z.array(z.looseObject({})),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
});
const deployment = z.object({
  spec: z.object({ template: z.object({ spec: z.object({ containers: z.tuple([container]) }) }) }),
});
const shared = z.object({ data: z.record(z.string(), z.string()) });

/** What somebody who follows the comment in values.yaml would write. */
const written: Readonly<Record<string, string>> = {
  TWINWARD_EXTERNAL_URL: 'https://twins.clinic.example',
  TWINWARD_OIDC_ISSUER: 'https://login.clinic.example',
  TWINWARD_OIDC_CLIENT_ID: 'twinward',
  TWINWARD_OIDC_CLIENT_SECRET: 'a secret of the client',
  TWINWARD_DATABASE_URL: 'postgresql://twinward_dashboard:x@db/twinward',
};

describe('the chart and the dashboard', () => {
  let pod: z.output<typeof container>;
  let environment: Record<string, string>;
  before(async () => {
    const objects = await renderChart('--set=dashboard.enabled=true');
    const find = (kind: string, name: string) =>
      objects.find((each) => each.kind === kind && each.metadata.name === name);
    pod = deployment.parse(find('Deployment', 'twinward-dashboard')).spec.template.spec.containers[0];
    const { data } = shared.parse(find('ConfigMap', 'twinward-config'));
    const own = pod.env.map(({ name, value }) => [name, value ?? '10.0.0.1'] as const);
    environment = { ...data, ...Object.fromEntries(own) };
  });

  it('agree on what is needed', () => {
    readConfig(configSchema, { ...environment, ...written });
    for (const name of Object.keys(written)) {
      const { [name]: _, ...less } = written;
      assert.throws(() => readConfig(configSchema, { ...environment, ...less }), {
        message: new RegExp(name),
      });
    }
  });

  it('agree on ports', () => {
    const config = readConfig(configSchema, { ...environment, ...written });
    assert.deepEqual(
      pod.ports.map(({ containerPort, name }) => [name, containerPort]),
      [
        ['http', config.TWINWARD_HTTP_PORT],
        ['health', config.TWINWARD_HEALTH_PORT],
      ],
    );
  });

  it('say in the values which keys the Secret needs, and in the documentation what every variable means', () => {
    const [, comment = ''] =
      /# Secret whose keys(.*)\n/.exec(readFileSync(join(chart, 'values.yaml'), 'utf8')) ?? [];
    assert.deepEqual([...new Set(comment.match(/TWINWARD_\w+/g))].sort(), Object.keys(written).sort());
    const page = readFileSync(join(chart, '../../docs/dashboard.md'), 'utf8');
    for (const name of Object.keys(configSchema.shape)) assert.ok(page.includes(`\`${name}\``), name);
  });
});
