// A Google service account per process, each with what it needs and no key. They outlive cluster and database, because a
// service account that is made again is another one to IAM, even under the same name. Ingest has none: the operator makes
// its Kubernetes accounts in the tenants' namespaces, and the cluster stack grants to those directly.
import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';

/** Processes, with their roles in the project. Roles on single resources are granted beside those. */
export const identities = {
  /** Works through the Kubernetes API only; in Google Cloud it may do nothing. */
  operator: [],
  twins: ['roles/cloudsql.client', 'roles/cloudsql.instanceUser'],
  /** The twin service's second connection, the only one that sees keys. */
  keyring: ['roles/cloudsql.client', 'roles/cloudsql.instanceUser'],
  migrate: ['roles/cloudsql.client', 'roles/cloudsql.instanceUser'],
  nodes: ['roles/container.defaultNodeServiceAccount'],
} as const satisfies Record<string, readonly string[]>;

/** One of the processes. */
export type Identity = keyof typeof identities;

/** All of them. */
export const identityNames = Object.keys(identities) as readonly Identity[];

/** Arguments of Identities. */
export interface IdentitiesArgs {
  readonly project: string;
  readonly deletionProtection: boolean;
}

/** The accounts. */
export class Identities extends pulumi.ComponentResource {
  /** E-mail addresses. */
  readonly emails: Readonly<Record<Identity, pulumi.Output<string>>>;

  constructor(name: string, args: IdentitiesArgs, opts?: pulumi.ComponentResourceOptions) {
    super('twinward:foundation:Identities', name, {}, opts);
    const accounts = Object.fromEntries(
      identityNames.map((identity) => [identity, createAccount(this, `${name}-${identity}`, identity, args)]),
    ) as Record<Identity, gcp.serviceaccount.Account>;
    for (const identity of ['twins', 'migrate'] as const) {
      allowKeyringLogin(this, `${name}-${identity}-as-keyring`, accounts[identity], accounts.keyring);
    }
    this.emails = Object.fromEntries(
      identityNames.map((identity) => [identity, accounts[identity].email]),
    ) as Record<Identity, pulumi.Output<string>>;
    this.registerOutputs({ emails: this.emails });
  }
}

function createAccount(
  parent: Identities,
  name: string,
  identity: Identity,
  args: IdentitiesArgs,
): gcp.serviceaccount.Account {
  const account = new gcp.serviceaccount.Account(
    name,
    { accountId: name, displayName: `Twinward ${identity}` },
    { parent, protect: args.deletionProtection },
  );
  for (const role of identities[identity]) {
    new gcp.projects.IAMMember(
      `${name}-${role.slice('roles/'.length).replaceAll('.', '-').toLowerCase()}`,
      { project: args.project, role, member: account.member },
      { parent },
    );
  }
  return account;
}

/** A pod has one identity and two database users: its second proxy borrows the account of the keyring. */
function allowKeyringLogin(
  parent: Identities,
  name: string,
  who: gcp.serviceaccount.Account,
  keyring: gcp.serviceaccount.Account,
): void {
  new gcp.serviceaccount.IAMMember(
    name,
    { serviceAccountId: keyring.name, role: 'roles/iam.serviceAccountTokenCreator', member: who.member },
    { parent },
  );
}
