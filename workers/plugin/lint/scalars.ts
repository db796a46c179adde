// Plain scalars as kubectl's YAML reader takes them, where that is not YAML 1.2: more words are true or false, and a
// leading zero makes a number octal.
import type { ScalarTag, Tags } from 'yaml';

const truth: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test: /^(?:[yY]|yes|Yes|YES|on|On|ON|[nN]|no|No|NO|off|Off|OFF)$/,
  resolve: (text) => /^(?:y|on)/i.test(text),
};

const octal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?0[0-7]+$/,
  resolve: (text) => Number.parseInt(text, 8),
};

const binary: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?0b[01]+$/,
  resolve: (text) => Number.parseInt(text.replace('0b', ''), 2),
};

const grouped: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?[1-9][0-9]*(?:_[0-9]+)+$/,
  resolve: (text) => Number.parseInt(text.replaceAll('_', ''), 10),
};

/** The tags of YAML 1.2, and before them what kubectl reads otherwise. */
export const kubectlTags = (tags: Tags): Tags => [truth, octal, binary, grouped, ...tags];
