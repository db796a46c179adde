// What the base image gives to native code. Debian 12: libc6 2.36, libgcc-s1 and libstdc++6 12.2.
import type { Libraries } from './dockerfile-reader.ts';

/** Unpacked size of gcr.io/distroless/cc-debian12 in bytes: at most what its ten Debian packages install. */
export const BASE_BYTES = 27_000_000;

const PROVIDED: readonly RegExp[] = [
  /^lib(c|m|dl|rt|pthread)\.so\.\d$/,
  /^ld-linux-(x86-64\.so\.2|aarch64\.so\.1)$/,
  /^libstdc\+\+\.so\.6$/,
  /^libgcc_s\.so\.1$/,
];
const NEWEST: Readonly<Record<string, string>> = {
  GLIBC: '2.36',
  GLIBCXX: '3.4.30',
  CXXABI: '1.3.13',
  GCC: '12.0.0',
};

/** What the base image lacks for these files, given the names of libraries that the image brings along. */
export function missingFor(files: readonly Libraries[], brought: readonly string[]): readonly string[] {
  return files.flatMap(({ path, needed, versions }) => [
    ...needed
      .filter((name) => !brought.includes(name) && !PROVIDED.some((pattern) => pattern.test(name)))
      .map((name) => `${path} needs ${name}`),
    ...versions.filter(isTooNew).map((version) => `${path} needs ${version}`),
  ]);
}

function isTooNew(version: string): boolean {
  const [, kind = '', number = ''] = /^([A-Z]+)_([\d.]+)$/.exec(version) ?? [];
  const newest = NEWEST[kind];
  return newest !== undefined && compare(number, newest) > 0;
}

function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let index = 0; index < 4; index++) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
