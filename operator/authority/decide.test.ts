import 'reflect-metadata';
import assert from 'node:assert/strict';
import { webcrypto, X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { X509CertificateGenerator } from '@peculiar/x509';
import { certificatesIn, createAuthority, extendBundle, issueLeaf, joinBundles } from './certificates.ts';
import { authorityLife, decide, leafLife, type Observed, type Step } from './decide.ts';

const now = new Date('2026-11-24T00:00:00Z');
const after = (milliseconds: number): Date => new Date(now.getTime() + milliseconds);
const names = ['twinward-twins.twinward-system.svc'];
const day = 86_400_000;

const cases: Record<string, { given: Partial<Observed>; want: Step['do'] }> = {
  'before the first certificate an authority is published': { given: {}, want: 'PublishAuthority' },
  'then the first leaf is issued at once': { given: { publishedAt: now }, want: 'IssueLeaf' },
  'a good leaf is left alone': { given: { leaf: { notAfter: after(60 * day), names } }, want: 'Nothing' },
  'a leaf in the last third of its life asks for a new authority': {
    given: { leaf: { notAfter: after(29 * day), names } },
    want: 'PublishAuthority',
  },
  'a new authority must spread before it signs': {
    given: { leaf: { notAfter: after(29 * day), names }, publishedAt: after(-60_000) },
    want: 'Nothing',
  },
  'a new authority that has spread signs': {
    given: { leaf: { notAfter: after(29 * day), names }, publishedAt: after(-120_000) },
    want: 'IssueLeaf',
  },
  'a leaf of an earlier authority is left alone while the new one spreads': {
    given: { leaf: { notAfter: after(60 * day), names }, publishedAt: after(-60_000) },
    want: 'Nothing',
  },
  'then it is signed anew, so that the bundle may forget the earlier authority': {
    given: { leaf: { notAfter: after(60 * day), names }, publishedAt: after(-120_000) },
    want: 'IssueLeaf',
  },
  'a leaf of the present authority is left alone': {
    given: { leaf: { notAfter: after(90 * day), names }, publishedAt: after(-day), isSignedByPresent: true },
    want: 'Nothing',
  },
  'a leaf without a name that is needed is renewed': {
    given: { leaf: { notAfter: after(60 * day), names: ['other'] } },
    want: 'PublishAuthority',
  },
};

describe('the serving certificate', () => {
  for (const [name, { given, want }] of Object.entries(cases)) {
    it(name, () => {
      const nothing = { names, leaf: undefined, publishedAt: undefined, isSignedByPresent: false };
      assert.equal(decide({ ...nothing, ...given }, now).do, want);
    });
  }

  it('verifies against the bundle, which drops what has run out', async () => {
    const old = await createAuthority(after(-200 * day), authorityLife);
    const authority = await createAuthority(now, authorityLife);
    const bundle = extendBundle(old.certificate.toString('pem'), authority.certificate, now, 8);
    assert.equal(bundle.match(/BEGIN CERTIFICATE/g)?.length, 1);
    const leaf = await issueLeaf(authority, names, now, leafLife);
    const certificate = new X509Certificate(leaf.certificate);
    assert.ok(certificate.verify(new X509Certificate(bundle).publicKey));
    assert.equal(
      certificate.checkHost('twinward-twins.twinward-system.svc'),
      'twinward-twins.twinward-system.svc',
    );
    assert.equal(certificate.checkHost('elsewhere'), undefined);
    assert.match(leaf.privateKey, /BEGIN PRIVATE KEY/);
  });
});

describe('the certificates of somebody else', () => {
  const pem = async (life = authorityLife): Promise<string> =>
    `${(await createAuthority(now, life)).certificate.toString('pem')}\n`;
  /** Of an authority that is not ours. */
  const theirs = `-----BEGIN CERTIFICATE-----
MIIBdjCCAR2gAwIBAgIUUlGpMSyhtL8vVyWJ6OJyzMUwKrcwCgYIKoZIzj0EAwIw
-----END CERTIFICATE-----
`;

  it('are taken without what is around them', async () => {
    const [first, second] = [await pem(), await pem()];
    const bundle = certificatesIn(`# internal CA\n${first}\r\n\nsubject=x\n${second}`);
    assert.equal(bundle, `${first}${second}`);
    assert.equal(certificatesIn(bundle), bundle);
  });

  it('go when their authority no longer names them', async () => {
    const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
    const hospital = await X509CertificateGenerator.createSelfSigned({
      name: 'CN=hospital',
      notBefore: now,
      notAfter: after(60 * day),
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
      keys,
    });
    const [own, before] = [await pem(), `${hospital.toString('pem')}\n`];
    assert.equal(joinBundles('theirs\n', `${before}${own}`, now, 8), `theirs\n${own}`);
  });

  it('come first, before authorities of ours that have not run out', async () => {
    const [fresh, old] = [await pem(), await pem(1 as typeof authorityLife)];
    assert.equal(joinBundles('theirs\n', `${fresh}${old}`, after(1_000), 8), `theirs\n${fresh}`);
    assert.equal(joinBundles('theirs\n', `${fresh}${fresh}`, now, 1), `theirs\n${fresh}`);
    assert.equal(joinBundles('theirs\n', '', now, 8), 'theirs\n');
  });

  const refused: Record<string, string> = {
    'when there is none': 'nothing here',
    'when one cannot be read': theirs,
    'when there is a private key': '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----',
  };
  for (const [name, text] of Object.entries(refused)) {
    it(`are refused ${name}`, () => {
      assert.throws(() => certificatesIn(text), { code: 'InvalidTrustBundle' });
    });
  }
});
