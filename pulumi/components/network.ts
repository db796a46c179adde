// A network in which nothing has a public address. Google's APIs are reached on their restricted addresses, images
// through the registry's mirrors; the internet only by NAT, and only when it is asked for.
import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';

/** Addresses of restricted.googleapis.com: Google's APIs that VPC Service Controls can guard. */
export const RESTRICTED_RANGE = '199.36.153.4/30';
const RESTRICTED_ADDRESSES = ['199.36.153.4', '199.36.153.5', '199.36.153.6', '199.36.153.7'];
/** Names whose subdomains resolve to the restricted addresses. */
const GOOGLE_DOMAINS = ['googleapis.com', 'gcr.io', 'pkg.dev'] as const;

/** Arguments of a Network. Ranges are IPv4 CIDR. */
export interface NetworkArgs {
  readonly region: string;
  readonly nodes: string;
  readonly pods: string;
  readonly services: string;
  readonly internetEgress: boolean;
  /** Ranges of a connected network that may be reached by HTTPS. */
  readonly reach: readonly string[];
  readonly labels: Record<string, string>;
}

/** VPC, subnets, private DNS of Google's APIs, egress rules. */
export class Network extends pulumi.ComponentResource {
  readonly networkId: pulumi.Output<string>;
  readonly nodeSubnetId: pulumi.Output<string>;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super('twinward:foundation:Network', name, {}, opts);
    const network = new gcp.compute.Network(
      name,
      { autoCreateSubnetworks: false, routingMode: 'REGIONAL', deleteDefaultRoutesOnCreate: true },
      { parent: this },
    );
    const nodes = createNodeSubnet(this, name, args, network);
    createRoutes(this, name, args, network);
    createEgressRules(this, name, args, network);
    for (const domain of GOOGLE_DOMAINS)
      resolveToRestricted(this, `${name}-${domain.replace('.', '-')}`, domain, args, network);
    this.networkId = network.id;
    this.nodeSubnetId = nodes.id;
    this.registerOutputs({
      networkId: this.networkId,
      nodeSubnetId: this.nodeSubnetId,
    });
  }
}

/** Nodes, pods and Services; the endpoints of the control plane and of the database take addresses of the nodes' range. */
function createNodeSubnet(
  parent: Network,
  name: string,
  args: NetworkArgs,
  network: gcp.compute.Network,
): gcp.compute.Subnetwork {
  return new gcp.compute.Subnetwork(
    `${name}-nodes`,
    {
      region: args.region,
      network: network.id,
      privateIpGoogleAccess: true,
      logConfig: {
        aggregationInterval: 'INTERVAL_10_MIN',
        flowSampling: 0.5,
        metadata: 'INCLUDE_ALL_METADATA',
      },
      ipCidrRange: args.nodes,
      secondaryIpRanges: [
        { rangeName: 'pods', ipCidrRange: args.pods },
        { rangeName: 'services', ipCidrRange: args.services },
      ],
    },
    { parent },
  );
}

/** Without a default route nothing reaches the internet; with `internetEgress` it does, from NAT addresses. */
function createRoutes(parent: Network, name: string, args: NetworkArgs, network: gcp.compute.Network): void {
  const route = (suffix: string, destRange: string): void => {
    new gcp.compute.Route(
      `${name}-${suffix}`,
      { network: network.id, destRange, nextHopGateway: 'default-internet-gateway', priority: 1000 },
      { parent },
    );
  };
  route('google-apis', RESTRICTED_RANGE);
  if (!args.internetEgress) return;
  route('internet', '0.0.0.0/0');
  const router = new gcp.compute.Router(name, { region: args.region, network: network.id }, { parent });
  new gcp.compute.RouterNat(
    name,
    {
      region: args.region,
      router: router.name,
      natIpAllocateOption: 'AUTO_ONLY',
      sourceSubnetworkIpRangesToNat: 'ALL_SUBNETWORKS_ALL_IP_RANGES',
      logConfig: { enable: true, filter: 'ERRORS_ONLY' },
    },
    { parent },
  );
}

function createEgressRules(
  parent: Network,
  name: string,
  args: NetworkArgs,
  network: gcp.compute.Network,
): void {
  const rule = (suffix: string, extra: Partial<gcp.compute.FirewallArgs>): void => {
    new gcp.compute.Firewall(
      `${name}-${suffix}`,
      { network: network.id, direction: 'EGRESS', logConfig: { metadata: 'INCLUDE_ALL_METADATA' }, ...extra },
      { parent },
    );
  };
  rule('allow-inside', {
    priority: 900,
    allows: [{ protocol: 'all' }],
    destinationRanges: [args.nodes, args.pods, args.services],
  });
  rule('allow-google-apis', {
    priority: 900,
    allows: [{ protocol: 'tcp', ports: ['443'] }],
    destinationRanges: [RESTRICTED_RANGE],
  });
  const reached = args.internetEgress ? ['0.0.0.0/0'] : args.reach;
  if (reached.length > 0) {
    rule('allow-https', {
      priority: 950,
      allows: [{ protocol: 'tcp', ports: ['443'] }],
      destinationRanges: [...reached],
    });
  }
  rule('deny-rest', { priority: 65000, denies: [{ protocol: 'all' }], destinationRanges: ['0.0.0.0/0'] });
}

function resolveToRestricted(
  parent: Network,
  name: string,
  domain: string,
  args: NetworkArgs,
  network: gcp.compute.Network,
): void {
  const zone = new gcp.dns.ManagedZone(
    name,
    {
      dnsName: `${domain}.`,
      visibility: 'private',
      description: `${domain} on the restricted addresses of Google's APIs`,
      privateVisibilityConfig: { networks: [{ networkUrl: network.id }] },
      labels: args.labels,
    },
    { parent },
  );
  const record = (suffix: string, type: string, host: string, rrdatas: string[]): void => {
    new gcp.dns.RecordSet(
      `${name}-${suffix}`,
      { managedZone: zone.name, name: host, type, ttl: 300, rrdatas },
      { parent },
    );
  };
  const apex = domain === 'googleapis.com' ? 'restricted.googleapis.com.' : `${domain}.`;
  record('address', 'A', apex, RESTRICTED_ADDRESSES);
  record('all', 'CNAME', `*.${domain}.`, [apex]);
}
