import type { Pod } from './pod.ts';

/** The value of a downward API field path; undefined for a path that pods do not have. */
export function fieldValue(pod: Pod, podIp: string, path: string): string | undefined {
  const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (keyed !== null) {
    const group = keyed[1] === 'labels' ? pod.metadata.labels : pod.metadata.annotations;
    return group?.[keyed[2] ?? ''] ?? '';
  }
  return fields(pod, podIp)[path];
}

function fields(pod: Pod, podIp: string): Readonly<Record<string, string>> {
  return {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace ?? 'default',
    'metadata.uid': pod.metadata.uid ?? '',
    'metadata.labels': listed(pod.metadata.labels),
    'metadata.annotations': listed(pod.metadata.annotations),
    'spec.nodeName': pod.spec.nodeName ?? '',
    'spec.serviceAccountName': pod.spec.serviceAccountName ?? 'default',
    'status.podIP': podIp,
    'status.podIPs': podIp,
    'status.hostIP': '127.0.0.1',
    'status.hostIPs': '127.0.0.1',
  };
}

/** One `key="value"` per line, sorted, as in a downward API volume. */
function listed(entries: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(entries ?? {})
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}
