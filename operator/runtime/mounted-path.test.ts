import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mountedPath } from './mounted-path.ts';

describe('a mounted path', () => {
  it('finds a mount below the sandbox mount point when there is one', () => {
    assert.equal(mountedPath('/data', { CONTAINER_SANDBOX_MOUNT_POINT: '/c/x' }), '/c/x/data');
    assert.equal(mountedPath('/data', {}), '/data');
  });
});
