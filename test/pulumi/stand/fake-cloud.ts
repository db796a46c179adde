// What Google Cloud and Kubernetes would answer, for the kinds of resource that our programs make and for no other: the
// ids, addresses and names that are known only once a resource exists.
import { createHash } from 'node:crypto';
import { at, type Value, type Values } from './values.ts';

/** Number of the project. */
export const PROJECT_NUMBER = '123456789012';

/** Where the fake cloud is. */
export interface Place {
  readonly project: string;
  readonly region: string;
}

/** What a resource is once it exists. */
export interface Made {
  readonly id: string;
  readonly outputs: Values;
}

interface Asked {
  readonly name: string;
  readonly inputs: Values;
  readonly place: Place;
}

type Maker = (asked: Asked) => Made;

const text = (value: Value | undefined): string => (typeof value === 'string' ? value : '');

/** A physical name: the given one, or the logical one with a suffix, as providers do it. */
function physicalName({ name, inputs }: Asked): string {
  const given = text(inputs['name']);
  return given !== '' ? given : `${name}-${createHash('sha256').update(name).digest('hex').slice(0, 7)}`;
}

/** A resource with a name, whose id is a path in the project. */
function named(
  path: (asked: Asked, name: string) => string,
  more: (asked: Asked, id: string) => Values = () => ({}),
): Maker {
  return (asked) => {
    const name = physicalName(asked);
    const id = path(asked, name);
    return { id, outputs: { ...asked.inputs, name, ...more(asked, id) } };
  };
}

const global =
  (collection: string) =>
  ({ place }: Asked, name: string): string =>
    `projects/${place.project}/global/${collection}/${name}`;

const regional =
  (collection: string) =>
  ({ place }: Asked, name: string): string =>
    `projects/${place.project}/regions/${place.region}/${collection}/${name}`;

const located =
  (collection: string) =>
  ({ place }: Asked, name: string): string =>
    `projects/${place.project}/locations/${place.region}/${collection}/${name}`;

/** A grant: its id is what, which role, to whom. */
const grant =
  (of: string): Maker =>
  ({ inputs }) => ({
    id: [text(inputs[of]), text(inputs['role']), text(inputs['member'])].join('/'),
    outputs: { ...inputs, etag: 'BwY=' },
  });

const kubernetesObject: Maker = ({ inputs }) => ({
  id: [at(inputs, 'metadata.namespace'), at(inputs, 'metadata.name')].filter(Boolean).join('/'),
  outputs: inputs,
});

function serviceIdentity({ inputs }: Asked): Made {
  const service = text(inputs['service']);
  const domains: Readonly<Record<string, string>> = {
    'sqladmin.googleapis.com': 'gcp-sa-cloud-sql',
    'artifactregistry.googleapis.com': 'gcp-sa-artifactregistry',
    'secretmanager.googleapis.com': 'gcp-sa-secretmanager',
  };
  const domain = domains[service];
  if (domain === undefined) throw new Error(`the fake cloud knows no service agent of ${service}`);
  const email = `service-${PROJECT_NUMBER}@${domain}.iam.gserviceaccount.com`;
  return { id: `projects/${service}`, outputs: { ...inputs, email, member: `serviceAccount:${email}` } };
}

function account({ inputs, place }: Asked): Made {
  const email = `${text(inputs['accountId'])}@${place.project}.iam.gserviceaccount.com`;
  const id = `projects/${place.project}/serviceAccounts/${email}`;
  return {
    id,
    outputs: { ...inputs, email, name: id, member: `serviceAccount:${email}`, uniqueId: '1'.repeat(21) },
  };
}

const makers: Readonly<Record<string, Maker>> = {
  'gcp:artifactregistry/repository:Repository': ({ inputs, place }) => ({
    id: `projects/${place.project}/locations/${place.region}/repositories/${text(inputs['repositoryId'])}`,
    outputs: { ...inputs, name: text(inputs['repositoryId']) },
  }),
  'gcp:artifactregistry/repositoryIamMember:RepositoryIamMember': grant('repository'),
  'gcp:binaryauthorization/attestor:Attestor': named(
    ({ place }, name) => `projects/${place.project}/attestors/${name}`,
  ),
  'gcp:binaryauthorization/policy:Policy': ({ inputs, place }) => ({
    id: `projects/${place.project}`,
    outputs: inputs,
  }),
  'gcp:compute/address:Address': named(regional('addresses'), () => ({ address: '10.0.0.53' })),
  'gcp:compute/firewall:Firewall': named(global('firewalls')),
  'gcp:compute/forwardingRule:ForwardingRule': named(regional('forwardingRules')),
  'gcp:compute/network:Network': named(global('networks')),
  'gcp:compute/route:Route': named(global('routes')),
  'gcp:compute/router:Router': named(regional('routers')),
  'gcp:compute/routerNat:RouterNat': named(regional('nats')),
  'gcp:compute/subnetwork:Subnetwork': named(regional('subnetworks')),
  'gcp:container/cluster:Cluster': named(located('clusters'), ({ inputs }) => ({
    endpoint: '10.0.16.2',
    controlPlaneEndpointsConfig: {
      ipEndpointsConfig: at(inputs, 'controlPlaneEndpointsConfig.ipEndpointsConfig') ?? {},
      dnsEndpointConfig: {
        allowExternalTraffic: true,
        endpoint: `gke-0123456789abcdef-${PROJECT_NUMBER}.europe-west4.gke.goog`,
      },
    },
  })),
  'gcp:container/nodePool:NodePool': named(located('nodePools')),
  'gcp:containeranalysis/note:Note': named(({ place }, name) => `projects/${place.project}/notes/${name}`),
  'gcp:dns/managedZone:ManagedZone': named(
    ({ place }, name) => `projects/${place.project}/managedZones/${name}`,
  ),
  'gcp:dns/recordSet:RecordSet': ({ inputs }) => ({
    id: `${text(inputs['managedZone'])}/${text(inputs['name'])}/${text(inputs['type'])}`,
    outputs: inputs,
  }),
  'gcp:kms/cryptoKey:CryptoKey': named(({ inputs }, name) => `${text(inputs['keyRing'])}/cryptoKeys/${name}`),
  'gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember': grant('cryptoKeyId'),
  'gcp:kms/keyRing:KeyRing': named(located('keyRings')),
  'gcp:logging/projectBucketConfig:ProjectBucketConfig': ({ inputs, place }) => ({
    id: `projects/${place.project}/locations/${place.region}/buckets/${text(inputs['bucketId'])}`,
    outputs: inputs,
  }),
  'gcp:logging/projectSink:ProjectSink': named(
    ({ place }, name) => `projects/${place.project}/sinks/${name}`,
    () => ({
      writerIdentity: `serviceAccount:service-${PROJECT_NUMBER}@gcp-sa-logging.iam.gserviceaccount.com`,
    }),
  ),
  'gcp:projects/iAMAuditConfig:IAMAuditConfig': ({ inputs, place }) => ({
    id: `${place.project}/audit/${text(inputs['service'])}`,
    outputs: inputs,
  }),
  'gcp:projects/iAMMember:IAMMember': grant('project'),
  'gcp:projects/service:Service': ({ inputs, place }) => ({
    id: `${place.project}/${text(inputs['service'])}`,
    outputs: inputs,
  }),
  'gcp:projects/serviceIdentity:ServiceIdentity': serviceIdentity,
  'gcp:secretmanager/secret:Secret': ({ inputs, place }) => ({
    id: `projects/${place.project}/secrets/${text(inputs['secretId'])}`,
    outputs: inputs,
  }),
  'gcp:serviceaccount/account:Account': account,
  'gcp:serviceaccount/iAMMember:IAMMember': grant('serviceAccountId'),
  'gcp:sql/database:Database': named(
    ({ inputs, place }, name) =>
      `projects/${place.project}/instances/${text(inputs['instance'])}/databases/${name}`,
  ),
  'gcp:sql/databaseInstance:DatabaseInstance': named(
    (_, name) => name,
    ({ place }, id) => ({
      connectionName: `${place.project}:${place.region}:${id}`,
      dnsName: `0123456789ab.fedcba987654.${place.region}.sql.goog.`,
      pscServiceAttachmentLink: `projects/tenant-tp/regions/${place.region}/serviceAttachments/a-0123456789ab`,
    }),
  ),
  'gcp:sql/user:User': ({ inputs }) => ({
    id: `${text(inputs['name'])}//${text(inputs['instance'])}`,
    outputs: inputs,
  }),
  'gcp:storage/bucket:Bucket': named(
    (_, name) => name,
    (_, id) => ({ url: `gs://${id}` }),
  ),
  'gcp:storage/bucketIAMMember:BucketIAMMember': grant('bucket'),
  'kubernetes:core/v1:Namespace': kubernetesObject,
  'kubernetes:core/v1:Secret': kubernetesObject,
  'kubernetes:helm.sh/v3:Release': ({ inputs }) => ({
    id: `${text(inputs['namespace'])}/${text(inputs['name'])}`,
    outputs: { ...inputs, status: { status: 'deployed', revision: 1 } },
  }),
  'kubernetes:argoproj.io/v1alpha1:Application': kubernetesObject,
  'kubernetes:fluxcd.controlplane.io/v1:FluxInstance': kubernetesObject,
  'pulumi:providers:kubernetes': ({ name, inputs }) => ({ id: `${name}-provider`, outputs: inputs }),
};

/** Makes a resource. Throws for a kind that nobody has taught it. */
export function makeResource(type: string, asked: Asked): Made {
  const maker = makers[type];
  if (maker === undefined)
    throw new Error(`the fake cloud does not know ${type}; teach it in test/pulumi/stand/fake-cloud.ts`);
  return maker(asked);
}

/** Answers a lookup. Throws for one that nobody has taught it. */
export function lookUp(token: string, args: Values, place: Place): Values {
  switch (token) {
    case 'gcp:organizations/getProject:getProject':
      return { id: `projects/${place.project}`, projectId: place.project, number: PROJECT_NUMBER };
    case 'gcp:storage/getProjectServiceAccount:getProjectServiceAccount': {
      const emailAddress = `service-${PROJECT_NUMBER}@gs-project-accounts.iam.gserviceaccount.com`;
      return { id: emailAddress, emailAddress, member: `serviceAccount:${emailAddress}` };
    }
    case 'gcp:logging/getProjectCmekSettings:getProjectCmekSettings':
      return {
        id: 'cmek',
        serviceAccountId: `cmek-p${PROJECT_NUMBER}@gcp-sa-logging.iam.gserviceaccount.com`,
      };
    case 'gcp:kms/getKMSCryptoKeyVersion:getKMSCryptoKeyVersion':
      return {
        id: `${text(args['cryptoKey'])}/cryptoKeyVersions/1`,
        publicKeys: [
          { algorithm: 'EC_SIGN_P256_SHA256', pem: '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n' },
        ],
      };
    default:
      throw new Error(`the fake cloud does not know ${token}; teach it in test/pulumi/stand/fake-cloud.ts`);
  }
}
