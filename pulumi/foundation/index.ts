// What everything else stands on and what outlives it: network, keys, registry, audit, identities, image policy.
import * as pulumi from '@pulumi/pulumi';
import { Audit } from '../components/audit.ts';
import { Identities } from '../components/identities.ts';
import { ImagePolicy } from '../components/image-policy.ts';
import { Keys } from '../components/keys.ts';
import { Network } from '../components/network.ts';
import { Registry } from '../components/registry.ts';
import { Services } from '../components/services.ts';
import { labelsOf, stackSettings } from '../components/settings/stack.ts';
import { foundationSettings } from './settings.ts';

const { place, settings } = stackSettings(foundationSettings);
const { deletionProtection } = settings;
const labels = labelsOf(settings.environment);
const name = `twinward-${settings.environment}`;

const services = new Services(name);
const after = { dependsOn: [services] };
const network = new Network(name, { region: place.region, ...settings.network, labels }, after);
const keys = new Keys(name, { ...place, ...settings.keys, deletionProtection, labels }, after);
const identities = new Identities(name, { project: place.project, deletionProtection }, after);
const registry = new Registry(
  name,
  {
    ...place,
    keyId: keys.ids.registry,
    reader: pulumi.interpolate`serviceAccount:${identities.emails.nodes}`,
    labels,
    deletionProtection,
  },
  after,
);
new Audit(name, { ...place, ...settings.audit, keyId: keys.ids.audit, deletionProtection }, after);
const imagePolicy = new ImagePolicy(
  name,
  {
    project: place.project,
    keyRingId: keys.ringId,
    protectionLevel: settings.keys.protectionLevel,
    unattested: settings.images.unattested,
    exempt: [
      ...settings.images.exempt,
      ...Object.values(registry.mirrors).map((mirror) => pulumi.interpolate`${mirror}/**`),
    ],
    deletionProtection,
    labels,
  },
  after,
);

export const project = place.project;
export const region = place.region;
export const networkId = network.networkId;
export const nodeSubnetId = network.nodeSubnetId;
export const nodeRange = settings.network.nodes;
export const keyIds = keys.ids;
export const imageRegistry = registry.own;
export const imageMirrors = registry.mirrors;
export const identityEmails = identities.emails;
export const attestor = imagePolicy.attestor;
