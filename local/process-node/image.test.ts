import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aContainer } from './a-pod.ts';
import { parseDockerfile } from './dockerfile.ts';
import { commandOf, dockerfileOf, resolveImage } from './image.ts';

describe('a Dockerfile', () => {
  it('is its final stage', () => {
    const text = `
# comment
FROM node:24 AS build
ENTRYPOINT ["not", "me"]
FROM node:24
ARG LEVEL=info
ENV A=1 B="two words" \\
    C=$LEVEL
ENV OLD style value
WORKDIR /app
WORKDIR sub
RUN npm ci
ENTRYPOINT ["node", "main.ts"]
CMD ["--verbose"]
`;
    assert.deepEqual(parseDockerfile(text), {
      entrypoint: ['node', 'main.ts'],
      command: ['--verbose'],
      environment: { A: '1', B: 'two words', C: 'info', OLD: 'style value' },
      workingDirectory: '/app/sub',
    });
  });

  it('inherits from an earlier stage that it starts from', () => {
    const text = 'FROM node:24 AS base\nENV A=1\nENTRYPOINT ["node", "a.ts"]\nFROM base\nENV B=$A$A';
    const image = parseDockerfile(text);
    assert.deepEqual(image.entrypoint, ['node', 'a.ts']);
    assert.deepEqual(image.environment, { A: '1', B: '11' });
  });

  it('runs the shell form in a shell', () => {
    assert.deepEqual(parseDockerfile('FROM x\nCMD echo hello').command, ['/bin/sh', '-c', 'echo hello']);
  });

  it('is refused without a stage, and with a command line that is no JSON', () => {
    assert.throws(() => parseDockerfile('ENV A=1'), { message: /no FROM/ });
    assert.throws(() => parseDockerfile("FROM x\nENTRYPOINT ['a']"), { message: /not a JSON array/ });
  });
});

describe('an image name', () => {
  const cases: readonly [string, string | undefined][] = [
    ['ghcr.io/twinward/operator:1', 'operator/Dockerfile'],
    ['ghcr.io/twinward/dashboard:1', 'dashboard/Dockerfile'],
    ['ghcr.io/twinward/twins', 'workers/twins/Dockerfile'],
    [`ghcr.io/twinward/twins:1@sha256:${'0'.repeat(64)}`, 'workers/twins/Dockerfile'],
    ['docker.io/library/nginx:1', undefined],
    ['ghcr.io/twinward/../secret:1', undefined],
    ['ghcr.io/other/twins:1', undefined],
  ];
  for (const [image, want] of cases) it(`${image} is ${want}`, () => assert.equal(dockerfileOf(image), want));

  it('that is not ours is refused with what to do', async () => {
    await assert.rejects(resolveImage('nginx', '/nowhere'), { message: /use another image or a cluster/ });
    await assert.rejects(resolveImage('ghcr.io/twinward/twins:1', '/nowhere'), {
      message: /workers\/twins\/Dockerfile/,
    });
  });
});

describe('the command of a container', () => {
  const image = {
    entrypoint: ['node', 'main.ts'],
    command: ['--default'],
    environment: { HOME_OF: '/app/x' },
    workingDirectory: '/app',
  };
  const place = { repositoryRoot: '/repo', node: '/bin/node24' };
  const argv = (more: object) => commandOf(aContainer('main', more), image, place).argv;

  it('is ENTRYPOINT and CMD of the image', () =>
    assert.deepEqual(argv({}), ['/bin/node24', 'main.ts', '--default']));
  it('has args instead of CMD', () =>
    assert.deepEqual(argv({ args: ['-x'] }), ['/bin/node24', 'main.ts', '-x']));
  it('has command instead of both', () => assert.deepEqual(argv({ command: ['/bin/ls'] }), ['/bin/ls']));
  it('finds /app in the repository', () => {
    const found = commandOf(aContainer('main', { args: ['/app/a', '/apple'] }), image, place);
    assert.deepEqual(found.argv.slice(2), ['/repo/a', '/apple']);
    assert.equal(found.workingDirectory, '/repo');
    assert.deepEqual(found.environment, { HOME_OF: '/repo/x' });
  });
});
