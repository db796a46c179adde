// From the address of a bundle to everything that is served of it, verified but for what needs an engine.
import { BundleError } from '../errors.ts';
import type { TrajectoryModel } from '../trajectory/model.ts';
import { type BundleFiles, jsonOf, readBundle } from './files.ts';
import { type Golden, parseGolden } from './golden.ts';
import { checkGraph } from './graph-contract.ts';
import { graphPaths, type Manifest, pathOfRole, sizesOf } from './manifest.ts';
import { buildModel, type Calibration, checkCalibration, parseCalibration } from './trajectory-model.ts';
import { parseVocabulary, type Vocabulary } from './vocabulary.ts';

/** A bundle whose files, graph contract and vocabulary are in order. */
export interface Bundle {
  /** sha256 of the manifest, lower-case hex. */
  readonly digest: string;
  readonly manifest: Manifest;
  readonly vocabulary: Vocabulary;
  readonly calibration: Calibration;
  readonly model: TrajectoryModel;
  readonly golden: Golden;
  /** Graph of each member. */
  readonly graphs: readonly Uint8Array[];
}

/** Reads and checks a bundle folder. Throws BundleError with the reason that the operator shows. */
export function loadBundle(folder: string, expectedSha256: string): Bundle {
  const files = readBundle(folder, expectedSha256);
  const { manifest } = files;
  const sizes = sizesOf(manifest);
  const graphs = graphsOf(files);
  for (const graph of graphs) checkGraph(graph, sizes);
  const vocabulary = parseVocabulary(document(files, 'vocabulary'), sizes);
  const calibration = parseCalibration(document(files, 'calibration'));
  checkCalibration(calibration, manifest, vocabulary);
  return {
    digest: files.digest,
    manifest,
    vocabulary,
    calibration,
    model: buildModel(manifest, vocabulary, calibration),
    golden: parseGolden(document(files, 'golden')),
    graphs,
  };
}

function graphsOf(files: BundleFiles): readonly Uint8Array[] {
  const paths = graphPaths(files.manifest);
  if (paths === undefined) {
    throw new BundleError('ContractViolation', 'manifest.json does not list one graph for every member');
  }
  return paths.map((path) => contentOf(files, path));
}

function document(files: BundleFiles, role: string): unknown {
  const path = pathOfRole(files.manifest, role);
  if (path === undefined) {
    throw new BundleError('ContractViolation', `manifest.json does not list exactly one ${role} file`);
  }
  return jsonOf(contentOf(files, path), path);
}

function contentOf(files: BundleFiles, path: string): Buffer {
  const content = files.contents.get(path);
  if (content === undefined) throw new BundleError('ContractViolation', `${path} was not read`);
  return content;
}
