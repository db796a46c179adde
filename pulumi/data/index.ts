// What must not be lost: database, buckets, and the place of the key-encryption key. Deletion is refused in every layer.
import * as pulumi from '@pulumi/pulumi';
import { PrivateBucket } from '../components/buckets.ts';
import { connectionStrings, dataChartValues } from '../components/chart-values.ts';
import { Database } from '../components/database.ts';
import type { Identity } from '../components/identities.ts';
import { KeySecret } from '../components/key-secret.ts';
import type { KeyUse } from '../components/keys.ts';
import { rolesSql } from '../components/roles.ts';
import { labelsOf, siblingStack, stackSettings, textMap, textOutput } from '../components/settings/stack.ts';
import { backupHorizonDays, dataSettings } from './settings.ts';

const { place, settings } = stackSettings(dataSettings);
const { deletionProtection } = settings;
const labels = labelsOf(settings.environment);
const name = `twinward-${settings.environment}`;
const foundation = siblingStack('twinward-foundation');
const keys = textMap<KeyUse>(foundation, 'keyIds');
const emails = textMap<Identity>(foundation, 'identityEmails');

const database = new Database(name, {
  ...place,
  settings: settings.database,
  keyId: keys('database'),
  networkId: textOutput(foundation, 'networkId'),
  subnetId: textOutput(foundation, 'nodeSubnetId'),
  users: { twins: emails('twins'), keyring: emails('keyring'), migrate: emails('migrate') },
  deletionProtection,
  labels,
});
const bucket = {
  region: place.region,
  keyId: keys('objects'),
  settings: settings.buckets,
  deletionProtection,
  labels,
};
const records = new PrivateBucket(`${name}-records`, bucket);
const objects = new PrivateBucket(`${name}-objects`, bucket);
objects.grant(
  `${name}-objects-twins`,
  'roles/storage.objectUser',
  pulumi.interpolate`serviceAccount:${emails('twins')}`,
);
const kek = new KeySecret(name, { region: place.region, keyId: keys('secrets'), deletionProtection, labels });

const userName = (user: string): pulumi.Input<string> => database.userNames[user] ?? '';

export const namespace = settings.namespace;
export const connectionName = database.connectionName;
export const databaseUsers = database.userNames;
/** Bucket that DataSources read: gs://NAME/…, one folder per tenant. */
export const recordsBucket = records.bucketName;
export const objectsBucket = objects.bucketName;
export const kekSecret = kek.secretName;
const users = pulumi
  .all([userName('twins'), userName('keyring'), userName('migrate')])
  .apply(([twins, keyring, migrate]) => ({ twins, keyring, migrate }));
/** SQL that an administrator runs once in the new database. */
export const databaseRoles = users.apply(rolesSql);
/** Contents of the Secret twinward-database. */
export const databaseSecret = pulumi.secret(users.apply(connectionStrings));
/** Values of charts/twinward. */
export const chartValues = pulumi
  .all([database.connectionName, database.address, emails('keyring')])
  .apply(([connection, address, keyringEmail]) =>
    dataChartValues({
      connectionName: connection,
      address,
      proxyImage: settings.proxyImage,
      keyringEmail,
      backupHorizonDays: backupHorizonDays(settings),
    }),
  );
