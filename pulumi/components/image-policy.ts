// Binary Authorization: only images that were attested run, but for Google's own, those that came through our mirrors,
// and those named as exempt. The policy is the project's, so one foundation per project.
import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';

/** Arguments of an ImagePolicy. */
export interface ImagePolicyArgs {
  readonly project: string;
  readonly keyRingId: pulumi.Input<string>;
  readonly protectionLevel: 'HSM' | 'SOFTWARE';
  readonly unattested: 'block' | 'log';
  /** Patterns of images that need no attestation. */
  readonly exempt: pulumi.Input<string>[];
  readonly deletionProtection: boolean;
  readonly labels: Record<string, string>;
}

/** Attestor, its key, and the policy. */
export class ImagePolicy extends pulumi.ComponentResource {
  /** Name of the attestor that the release pipeline signs for. */
  readonly attestor: pulumi.Output<string>;

  constructor(name: string, args: ImagePolicyArgs, opts?: pulumi.ComponentResourceOptions) {
    super('twinward:foundation:ImagePolicy', name, {}, opts);
    const attestor = createAttestor(this, name, args);
    new gcp.binaryauthorization.Policy(
      name,
      {
        globalPolicyEvaluationMode: 'ENABLE',
        admissionWhitelistPatterns: args.exempt.map((namePattern) => ({ namePattern })),
        defaultAdmissionRule: {
          evaluationMode: 'REQUIRE_ATTESTATION',
          enforcementMode:
            args.unattested === 'block' ? 'ENFORCED_BLOCK_AND_AUDIT_LOG' : 'DRYRUN_AUDIT_LOG_ONLY',
          requireAttestationsBies: [attestor.name],
        },
      },
      { parent: this },
    );
    this.attestor = attestor.name;
    this.registerOutputs({ attestor: this.attestor });
  }
}

function createAttestor(
  parent: ImagePolicy,
  name: string,
  args: ImagePolicyArgs,
): gcp.binaryauthorization.Attestor {
  const key = new gcp.kms.CryptoKey(
    `${name}-attestation`,
    {
      keyRing: args.keyRingId,
      purpose: 'ASYMMETRIC_SIGN',
      versionTemplate: { algorithm: 'EC_SIGN_P256_SHA256', protectionLevel: args.protectionLevel },
      labels: args.labels,
    },
    { parent, protect: args.deletionProtection },
  );
  const version = gcp.kms.getKMSCryptoKeyVersionOutput({ cryptoKey: key.id }, { parent });
  const note = new gcp.containeranalysis.Note(
    name,
    { attestationAuthority: { hint: { humanReadableName: 'Twinward release' } } },
    { parent },
  );
  return new gcp.binaryauthorization.Attestor(
    name,
    {
      attestationAuthorityNote: {
        noteReference: note.name,
        publicKeys: [
          {
            id: version.id.apply((id) => `//cloudkms.googleapis.com/v1/${id}`),
            pkixPublicKey: {
              publicKeyPem: version.publicKeys.apply((keys) => keys[0]?.pem ?? ''),
              signatureAlgorithm: version.publicKeys.apply((keys) => keys[0]?.algorithm ?? ''),
            },
          },
        ],
      },
    },
    { parent },
  );
}
