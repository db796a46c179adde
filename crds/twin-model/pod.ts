import { z } from 'zod';
import { formedText } from '../fields.ts';
import { described } from '../kind.ts';

function quantity(field: string, description: string): z.ZodString {
  return formedText({
    description,
    max: 32,
    pattern: '^[0-9]{1,12}([.][0-9]{1,6})?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$',
    remedy: `${field} must be a quantity: write for example "500m", "2" or 4Gi`,
  });
}

const toleration = z
  .object({
    key: z.string().max(253).exactOptional().meta({ description: 'Key of the taint. Absent means any key.' }),
    operator: z
      .enum(['Exists', 'Equal'])
      .default('Equal')
      .meta({ description: 'How the value is compared.' }),
    value: z.string().max(63).exactOptional().meta({ description: 'Value of the taint, with Equal.' }),
    effect: z
      .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
      .exactOptional()
      .meta({ description: 'Effect of the taint. Absent means any effect.' }),
    tolerationSeconds: z
      .int()
      .min(0)
      .exactOptional()
      .meta({ description: 'With NoExecute: how long the pod stays, in seconds.' }),
  })
  .meta(
    described(
      'A taint that the pods accept.',
      {
        rule: "has(self.key) || self.operator == 'Exists'",
        message:
          'tolerations[].key may be left out with operator Exists only: add key, or set operator to Exists',
        fieldPath: '.key',
      },
      {
        rule: "!has(self.value) || self.operator == 'Equal'",
        message: 'tolerations[].value goes with operator Equal only: remove value, or set operator to Equal',
        fieldPath: '.value',
      },
    ),
  );

/** The few settings of a model's pods that its author may choose: nothing that runs other code or mounts other data. */
export const podSettings = z
  .object({
    nodeSelector: z
      .record(z.string().max(253), z.string().max(63))
      .exactOptional()
      .meta({ description: 'Labels that a node must have.', maxProperties: 16 }),
    tolerations: z
      .array(toleration)
      .max(16)
      .exactOptional()
      .meta({ description: 'Taints that the pods accept.', 'x-kubernetes-list-type': 'atomic' }),
    resources: z
      .object({
        cpu: quantity('pod.resources.cpu', 'CPU of each pod, requested.').exactOptional(),
        memory: quantity(
          'pod.resources.memory',
          'Memory of each pod, requested and limited.',
        ).exactOptional(),
      })
      .exactOptional()
      .meta({ description: 'What each pod gets.' }),
    priorityClassName: z
      .string()
      .max(253)
      .exactOptional()
      .meta({ description: 'PriorityClass of the pods.' }),
  })
  .meta({ description: 'Settings of the pods that serve the model.' });
