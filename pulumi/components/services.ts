// The APIs that a project needs. They stay on when the stack goes: others may use them.
import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';

const apis = [
  'artifactregistry',
  'binaryauthorization',
  'cloudkms',
  'compute',
  'container',
  'containeranalysis',
  'containerscanning',
  'dns',
  'iam',
  'iamcredentials',
  'logging',
  'monitoring',
  'secretmanager',
  'sqladmin',
  'storage',
] as const;

/** Turns the APIs on; other components depend on it. */
export class Services extends pulumi.ComponentResource {
  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super('twinward:foundation:Services', name, {}, opts);
    for (const api of apis) {
      new gcp.projects.Service(
        `${name}-${api}`,
        { service: `${api}.googleapis.com`, disableOnDestroy: false },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}
