// What builders of children need to know about the installation. Plain data, from the configuration.
/** Images of children, from the configuration. */
export interface Images {
  readonly ingest: string;
  readonly inference: string;
  /** With the CUDA libraries, for models with an accelerator. */
  readonly inferenceCuda: string;
  readonly simulate: string;
}

/** What every builder of children needs to know about the installation. */
export interface Installation {
  readonly images: Images;
  /** gRPC target of the twin service. */
  readonly twinsAddress: string;
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  readonly logLevel: string;
  /**
   * Shared engines serve TLS and answer known callers only: the twin service of this namespace and the simulate workers
   * of their own. Absent: plain text, for whoever reaches them.
   */
  readonly sharedEngines?: { readonly twinsNamespace: string };
}
