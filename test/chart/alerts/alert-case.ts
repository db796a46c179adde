// What is known of an alert: series under which it fires, and what it then says; and series under which it is quiet.

/** Series as promtool writes them: what, and its values, one per minute. */
export type Inputs = Readonly<Record<string, string>>;

/** One alert. */
export interface AlertCase {
  readonly severity: 'critical' | 'warning' | 'info';
  readonly fires: {
    readonly inputs: Inputs;
    /** Minutes after the start. */
    readonly at: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly says: string;
  };
  readonly quiet: { readonly inputs: Inputs; readonly at: number };
}

/** The name of a bucket of a histogram. */
export function bucket(name: string, labels: string, upTo: string): string {
  return `${name}_bucket{${labels},le="${upTo}"}`;
}

/** A thing that is once so, once otherwise. */
export const gauge = (
  severity: AlertCase['severity'],
  series: string,
  values: { readonly fires: string; readonly quiet: string; readonly at: number },
  says: string,
  labels?: Readonly<Record<string, string>>,
): AlertCase => ({
  severity,
  fires: {
    inputs: { [series]: values.fires },
    at: values.at,
    says,
    ...(labels === undefined ? {} : { labels }),
  },
  quiet: { inputs: { [series]: values.quiet }, at: values.at },
});
