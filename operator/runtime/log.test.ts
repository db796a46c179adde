import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { CodedError } from './errors.ts';
import { createLog } from './log.ts';

describe('the log', () => {
  function lines(write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
    const written: string[] = [];
    write(createLog({ name: 'test', destination: { write: (line: string) => void written.push(line) } }));
    return written.map((line): Record<string, unknown> => JSON.parse(line));
  }

  it('writes a constant message and allowed fields as JSON', () => {
    const [line] = lines((log) => log.with({ controller: 'sim' }).info('done', { count: 3 }));
    assert.equal(line?.['message'], 'done');
    assert.equal(line?.['level'], 'info');
    assert.equal(line?.['controller'], 'sim');
    assert.equal(line?.['count'], 3);
  });

  it('drops a field that is not on the list and one that is no plain value', () => {
    const sneaky = JSON.parse('{"patientName": "Smith", "name": {"given": "John"}}');
    const text = JSON.stringify(lines((log) => log.info('done', sneaky)));
    assert.doesNotMatch(text, /Smith|John/);
  });

  it('never quotes the message of an error that is not ours, since it may repeat its input', () => {
    const text = JSON.stringify(
      lines((log) => {
        try {
          JSON.parse('Smith, John');
        } catch (error) {
          log.error('failed', {
            error: new CodedError('BadRecord', 'record 3 is no JSON', { cause: error }),
          });
        }
      }),
    );
    assert.match(text, /record 3 is no JSON/);
    assert.match(text, /SyntaxError/);
    assert.doesNotMatch(text, /Smith/);
  });

  const told = (error: unknown): string =>
    JSON.stringify(
      lines((log) => log.error('failed', { error: new CodedError('X', 'ours', { cause: error }) })),
    );

  it('says which call of the system failed, never the path, which may hold a name', () => {
    const error = thrownBy(() => readFileSync('/nowhere/Smith_John.json'));
    assert.match(told(error), /ENOENT.*open/);
    assert.doesNotMatch(told(error), /Smith|nowhere/);
  });

  it('keeps the address of a peer that cannot be reached', () => {
    const fields = { syscall: 'connect', code: 'ECONNREFUSED', address: '127.0.0.1', port: 5432 };
    assert.match(told(Object.assign(new Error('Smith'), fields)), /connect 127\.0\.0\.1:5432/);
  });

  it('takes no line of a message for a call site, and no text for a class', () => {
    const error = new Error('bad\n    at Smith, John (1950-01-01)');
    error.name = 'Smith, John';
    assert.doesNotMatch(told(error), /Smith/);
    assert.match(told(error), /log\.test\.ts/);
    error.message = 'changed later';
    assert.doesNotMatch(told(error), /Smith/);
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
