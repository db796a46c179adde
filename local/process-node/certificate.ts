import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A key and a certificate that it signed itself, PEM. */
export interface SelfSigned {
  readonly key: string;
  readonly certificate: string;
}

const ONE_YEAR = 365 * 24 * 3_600_000;

const Tag = {
  Integer: 0x02,
  BitString: 0x03,
  OctetString: 0x04,
  ObjectIdentifier: 0x06,
  Utf8String: 0x0c,
  UtcTime: 0x17,
  Sequence: 0x30,
  Set: 0x31,
  Version: 0xa0,
  Extensions: 0xa3,
  DnsName: 0x82,
  IpAddress: 0x87,
} as const;

/** Object identifiers in their encoded form. */
const Identifier = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  subjectAltName: '551d11',
} as const;

/** A self-signed serving certificate for 127.0.0.1 and localhost; the API server takes it as a node's. */
export function selfSigned(name: string, now: number): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(identifier(Identifier.ecdsaWithSha256));
  const body = sequence(
    encoded(Tag.Version, encoded(Tag.Integer, Buffer.from([2]))),
    encoded(Tag.Integer, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    distinguishedName(name),
    sequence(time(now - 60_000), time(now + ONE_YEAR)),
    distinguishedName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    encoded(Tag.Extensions, sequence(alternativeNames())),
  );
  const certificate = sequence(body, algorithm, bits(sign('sha256', body, privateKey)));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: pem('CERTIFICATE', certificate),
  };
}

function alternativeNames(): Buffer {
  const address = encoded(Tag.IpAddress, Buffer.from([127, 0, 0, 1]));
  const host = encoded(Tag.DnsName, Buffer.from('localhost'));
  const names = encoded(Tag.OctetString, sequence(address, host));
  return sequence(identifier(Identifier.subjectAltName), names);
}

function distinguishedName(name: string): Buffer {
  const text = encoded(Tag.Utf8String, Buffer.from(name.slice(0, 64)));
  return sequence(encoded(Tag.Set, sequence(identifier(Identifier.commonName), text)));
}

function time(at: number): Buffer {
  const text = new Date(at).toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '').slice(2);
  return encoded(Tag.UtcTime, Buffer.from(text));
}

function identifier(hex: string): Buffer {
  return encoded(Tag.ObjectIdentifier, Buffer.from(hex, 'hex'));
}

function bits(content: Buffer): Buffer {
  return encoded(Tag.BitString, Buffer.concat([Buffer.from([0]), content]));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return encoded(Tag.Sequence, Buffer.concat(parts));
}

/** Tag, length and content, as the distinguished encoding rules have it. */
function encoded(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 128) return Buffer.concat([Buffer.from([tag, length]), content]);
  const size = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
