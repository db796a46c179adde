// How Pulumi reaches the cluster. PURE.

/**
 * A kubeconfig for the DNS endpoint of a GKE cluster: its certificate is a public one, and who calls is decided by IAM.
 * It holds no credential: the plugin asks gcloud for a token when it is used.
 */
export function kubeconfig(clusterName: string, endpoint: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: clusterName, cluster: { server: `https://${endpoint}` } }],
    users: [
      {
        name: clusterName,
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1beta1',
            command: 'gke-gcloud-auth-plugin',
            provideClusterInfo: true,
            interactiveMode: 'Never',
            installHint: 'gcloud components install gke-gcloud-auth-plugin',
          },
        },
      },
    ],
    contexts: [{ name: clusterName, context: { cluster: clusterName, user: clusterName } }],
    'current-context': clusterName,
  });
}
