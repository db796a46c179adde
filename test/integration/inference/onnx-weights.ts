// Reads one initializer out of an ONNX file, by the protobuf wire format.

interface Field {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly value: number;
}

/** A float32 tensor inside a model. Throws when there is none of that name with raw data. */
export function weightsOf(
  model: Uint8Array,
  name: string,
): { readonly shape: readonly number[]; readonly data: Float32Array } {
  for (const graph of fieldsOf(model).filter(({ number }) => number === 7)) {
    for (const tensor of fieldsOf(graph.bytes).filter(({ number }) => number === 5)) {
      const fields = fieldsOf(tensor.bytes);
      const raw = fields.find(({ number }) => number === 9)?.bytes;
      const title = fields.find(({ number }) => number === 8)?.bytes;
      if (raw === undefined || new TextDecoder().decode(title) !== name) continue;
      const dims = fields.filter(({ number }) => number === 1);
      const shape = dims.flatMap(({ bytes, value }) => (bytes.length > 0 ? varints(bytes) : [value]));
      return { shape, data: new Float32Array(Uint8Array.from(raw).buffer) };
    }
  }
  throw new Error(`the model has no tensor ${name}`);
}

function fieldsOf(bytes: Uint8Array): readonly Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [number, wire] = [Math.floor(tag / 8), tag % 8];
    if (wire === 0) fields.push({ number, bytes: new Uint8Array(), value: varint() });
    else {
      const length = wire === 2 ? varint() : wire === 1 ? 8 : 4;
      fields.push({ number, bytes: bytes.subarray(at, at + length), value: 0 });
      at += length;
    }
  }
  return fields;
}

function varints(bytes: Uint8Array): readonly number[] {
  const found: number[] = [];
  let value = 0;
  let shift = 0;
  for (const byte of bytes) {
    value += (byte & 0x7f) * 2 ** shift;
    shift = byte < 0x80 ? 0 : shift + 7;
    if (shift === 0) {
      found.push(value);
      value = 0;
    }
  }
  return found;
}
