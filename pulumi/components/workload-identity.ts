// Which Kubernetes account may act as which Google identity. Exists only after the project's first cluster, which makes
// the pool of workload identities.
import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';

/** Arguments of WorkloadIdentity. */
export interface WorkloadIdentityArgs {
  readonly project: string;
  /** Pool of workload identities, known once the cluster exists. */
  readonly workloadPool: pulumi.Output<string>;
  /** Namespace of the release. */
  readonly namespace: string;
  /** E-mail addresses of Google accounts by Kubernetes account of that namespace. */
  readonly accounts: Readonly<Record<string, pulumi.Input<string>>>;
  /** Namespaces of tenants. */
  readonly tenants: readonly string[];
  readonly recordsBucket: pulumi.Input<string>;
}

/** Bindings of the release's accounts, and grants to the accounts of ingest in the tenants' namespaces. */
export class WorkloadIdentity extends pulumi.ComponentResource {
  constructor(name: string, args: WorkloadIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super('twinward:cluster:WorkloadIdentity', name, {}, opts);
    for (const [account, email] of Object.entries(args.accounts)) {
      new gcp.serviceaccount.IAMMember(
        `${name}-${account}`,
        {
          serviceAccountId: pulumi.interpolate`projects/${args.project}/serviceAccounts/${email}`,
          role: 'roles/iam.workloadIdentityUser',
          member: pulumi.interpolate`serviceAccount:${args.workloadPool}[${args.namespace}/${account}]`,
        },
        { parent: this },
      );
    }
    grantIngest(this, name, args);
    this.registerOutputs({});
  }
}

/** A tenant's ingest reads its own folder of the bucket, gs://BUCKET/NAMESPACE/, and nothing else. */
function grantIngest(parent: WorkloadIdentity, name: string, args: WorkloadIdentityArgs): void {
  const number = gcp.organizations.getProjectOutput({ projectId: args.project }, { parent }).number;
  for (const tenant of args.tenants) {
    const folder = pulumi.interpolate`projects/_/buckets/${args.recordsBucket}/objects/${tenant}/`;
    new gcp.storage.BucketIAMMember(
      `${name}-${tenant}-ingest`,
      {
        bucket: args.recordsBucket,
        role: 'roles/storage.objectViewer',
        member: pulumi.interpolate`principal://iam.googleapis.com/projects/${number}/locations/global/workloadIdentityPools/${args.workloadPool}/subject/ns/${tenant}/sa/twinward-ingest`,
        condition: {
          title: `folder of ${tenant}`,
          description: 'Objects of one tenant, and the list of them',
          expression: pulumi.interpolate`resource.name.startsWith("${folder}") || (resource.type == "storage.googleapis.com/Bucket" && api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("${tenant}/"))`,
        },
      },
      { parent },
    );
  }
}
