// The namespace of the release and the one Secret in it that follows from infrastructure.
import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';

/** Arguments of a ReleaseNamespace. */
export interface ReleaseNamespaceArgs {
  readonly namespace: string;
  /** Connection strings; they hold no password, but say where the database is. */
  readonly databaseSecret: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** Namespace twinward-system with the Secret twinward-database. */
export class ReleaseNamespace extends pulumi.ComponentResource {
  constructor(name: string, args: ReleaseNamespaceArgs, opts: pulumi.ComponentResourceOptions) {
    super('twinward:bootstrap:ReleaseNamespace', name, {}, opts);
    const namespace = new kubernetes.core.v1.Namespace(
      name,
      {
        metadata: {
          name: args.namespace,
          labels: {
            'pod-security.kubernetes.io/enforce': 'restricted',
            'app.kubernetes.io/part-of': 'twinward',
          },
        },
      },
      // The chart's objects in it are not Pulumi's to delete.
      { parent: this, retainOnDelete: true },
    );
    new kubernetes.core.v1.Secret(
      `${name}-database`,
      {
        metadata: { name: 'twinward-database', namespace: namespace.metadata.name },
        stringData: args.databaseSecret,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
