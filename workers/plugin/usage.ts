/** What `kubectl twin --help` prints. */
export const USAGE = `kubectl twin: digital twins of patients, as far as the chosen account may see them

Usage:
  kubectl twin enrol --system URI [--handle H] [--model NAME]   identifier on standard input; prints a PatientTwin
  kubectl twin get HANDLE                                       revision, freshness and current risks
  kubectl twin events HANDLE [--revision N] [--limit N]         the history, oldest first
  kubectl twin results SIMULATION                               stored results, also those of one twin
  kubectl twin what-if HANDLE --start SYSTEM|CODE ...           paired answer, now
      [--stop SYSTEM|CODE] [--set "SYSTEM|CODE=NUMBER UNIT"]      each may be followed by @P1Y: that long from now
      [--outcomes mi,stroke] [--horizon P5Y[,P1Y]] [--trajectories N] [--seed N] [--model NAME]
  kubectl twin erase HANDLE --reason TEXT --yes [--immediate]   removes the patient from the store
  kubectl twin erase HANDLE --reason TEXT --dry-run             only counts
  kubectl twin audit verify                                     checks the seal of the audit log
  kubectl twin lint FILE|FOLDER|- ...                           checks manifests without a cluster; see lint --help

SYSTEM is a URI, or rxnorm, atc, snomed, loinc, icd10, icd10cm.

Flags:
  -n, --namespace NAME   tenant's namespace (default: that of the kubeconfig's context)
  -o, --output json      JSON instead of tables
      --account NAME     ServiceAccount to act as (default: clinician; for erase and audit: privacy-officer)
      --endpoint H:P     where the twin service is reached (or TWINWARD_ENDPOINT)
      --port-forward     reach it through the API server
      --ca-file FILE     trust bundle (default: ConfigMap twinward-ca in twinward-system)
      --token-file FILE  bearer token instead of one requested for --account
      --kubeconfig FILE  default: KUBECONFIG or ~/.kube/config
  -h, --help

Exit codes: 0 done, 1 refused or failed, 2 wrong command line, 3 not allowed, 4 not found, 5 not reachable.
`;
