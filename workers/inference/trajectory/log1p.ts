// log1p with fixed bits on every engine: ECMAScript leaves those of Math.log1p open. The method is that of fdlibm
// (s_log1p.c): reduce 1 + x to 2^k · (1 + f), then a polynomial in s = f / (2 + f). Only +, -, ·, / are used.

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const LP1 = 0.6666666666666735;
const LP2 = 0.3999999999940942;
const LP3 = 0.2857142874366239;
const LP4 = 0.22222198432149784;
const LP5 = 0.1818357216161805;
const LP6 = 0.15313837699209373;
const LP7 = 0.14798198605116586;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
// Index of the word with sign and exponent: 1 on a little-endian machine, which is all that Node runs on but s390x.
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

function highWord(value: number): number {
  double[0] = value;
  return (words[HIGH] ?? 0) | 0;
}

function withHighWord(value: number, high: number): number {
  double[0] = value;
  words[HIGH] = high;
  return double[0] ?? 0;
}

function series(s: number, z: number): number {
  const r = z * (LP1 + z * (LP2 + z * (LP3 + z * (LP4 + z * (LP5 + z * (LP6 + z * LP7))))));
  return s * r;
}

/** ln(1 + x) for x > -1, the same bits everywhere, error below 1 ulp. NaN below -1, -Infinity at -1. */
export function log1p(x: number): number {
  if (!(x > -1)) return x === -1 ? -Infinity : Number.NaN;
  if (x === Infinity) return x;
  const size = Math.abs(x);
  if (size < 2 ** -54) return x;
  if (size < 2 ** -29) return x - x * x * 0.5;
  if (x > -0.2929 && x < 0.41422) return tail(x, 0, 0);
  return reduced(x);
}

/** Reduces 1 + x to 2^k · (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); c is what rounding 1 + x lost. */
function reduced(x: number): number {
  const sum = 1 + x;
  const exponent = (highWord(sum) >> 20) - 1023;
  const lost = (exponent > 0 ? 1 - (sum - x) : x - (sum - 1)) / sum;
  const mantissa = highWord(sum) & 0xfffff;
  const isLow = mantissa < 0x6a09e;
  const normal = withHighWord(sum, mantissa | (isLow ? 0x3ff00000 : 0x3fe00000));
  return tail(normal - 1, isLow ? exponent : exponent + 1, lost);
}

function tail(f: number, k: number, lost: number): number {
  const half = 0.5 * f * f;
  const s = f / (2 + f);
  const correction = s * half + series(s, s * s);
  if (k === 0) return f - (half - correction);
  return k * LN2_HIGH - (half - (correction + (k * LN2_LOW + lost)) - f);
}
