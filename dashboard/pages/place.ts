import type { Crumb } from './layout.ts';

/** Where a twin's page is. */
export interface Place {
  readonly namespace: string;
  readonly handle: string;
}

/** The way to a twin's page. */
export function crumbsOf({ handle, namespace }: Place): readonly Crumb[] {
  return [
    { title: 'Namespaces', href: '/' },
    { title: namespace, href: `/namespaces/${namespace}` },
    { title: handle },
  ];
}

/** Path of a twin's page. */
export function pathOf({ handle, namespace }: Place): string {
  return `/namespaces/${namespace}/twins/${handle}`;
}
