import { forbidden, is, isFilled, option, type Policy, property, required } from './policy.ts';

const NETWORK = 'gcp:compute/network:Network';
const SUBNET = 'gcp:compute/subnetwork:Subnetwork';
const FIREWALL = 'gcp:compute/firewall:Firewall';
const ANYWHERE = '0.0.0.0/0';

const includesAnywhere = (value: unknown): boolean => Array.isArray(value) && value.includes(ANYWHERE);

export const networkPolicies: readonly Policy[] = [
  property({
    name: 'a network has no subnets that nobody asked for',
    type: NETWORK,
    path: 'autoCreateSubnetworks',
    ok: is(false),
    bad: true,
  }),
  property({
    name: 'a network begins without a route to the internet',
    type: NETWORK,
    path: 'deleteDefaultRoutesOnCreate',
    ok: is(true),
    bad: false,
  }),
  property({
    name: 'every subnet logs its flows',
    type: SUBNET,
    path: 'logConfig.metadata',
    ok: is('INCLUDE_ALL_METADATA'),
    bad: undefined,
  }),
  property({
    name: 'every subnet reaches Google without public addresses',
    type: SUBNET,
    path: 'privateIpGoogleAccess',
    ok: is(true),
    bad: false,
  }),
  property({
    name: 'no address is public',
    type: 'gcp:compute/address:Address',
    path: 'addressType',
    ok: is('INTERNAL'),
    bad: 'EXTERNAL',
  }),
  property({
    name: 'names of the database and of Google are private',
    type: 'gcp:dns/managedZone:ManagedZone',
    path: 'visibility',
    ok: is('private'),
    bad: 'public',
  }),
  required(
    'what may leave is listed, the rest is denied and logged',
    ({ type, inputs }) =>
      type === FIREWALL &&
      inputs['direction'] === 'EGRESS' &&
      isFilled(inputs['denies']) &&
      includesAnywhere(inputs['destinationRanges']) &&
      inputs['logConfig'] !== undefined,
  ),
  forbidden(
    'nothing is let in from anywhere',
    ({ type, inputs }) =>
      type === FIREWALL && inputs['direction'] !== 'EGRESS' && includesAnywhere(inputs['sourceRanges']),
    { type: FIREWALL, inputs: { direction: 'INGRESS', sourceRanges: [ANYWHERE] } },
  ),
  {
    ...forbidden(
      'production has no route to the internet',
      ({ type, inputs }) => type === 'gcp:compute/route:Route' && inputs['destRange'] === ANYWHERE,
      { type: 'gcp:compute/route:Route', inputs: { destRange: ANYWHERE } },
    ),
    prodOnly: true,
  },
  option(
    'APIs stay on when a stack goes',
    'gcp:projects/service:Service',
    ({ inputs }) => inputs['disableOnDestroy'] === false,
    { inputs: { service: 'x', disableOnDestroy: true } },
  ),
];
