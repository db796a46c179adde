"""Writes `workers/ingest/fhir/codes.gen.json` from the code table: LOINC code -> {canonical, accepted} UCUM units.

python models/generate_codes.py            writes the file
python models/generate_codes.py --check    exits 1 when the committed file differs
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from codetable.load import CodeTable, load_code_table

OUT = Path(__file__).resolve().parent.parent / "workers" / "ingest" / "fhir" / "codes.gen.json"


def units_by_loinc(table: CodeTable) -> dict[str, dict]:
    """Units of every measurement by LOINC code, sorted by code."""
    loinc = table.systems["loinc"]
    found = {
        code: {"canonical": entry.unit, "accepted": [unit.ucum for unit in entry.units[1:]]}
        for entry in table.entries
        if entry.units
        for system, code in entry.codes
        if system == loinc
    }
    return dict(sorted(found.items()))


def document() -> str:
    """Content of the file."""
    return json.dumps(units_by_loinc(load_code_table()), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        OUT.write_text(document(), encoding="utf-8", newline="\n")
        return 0
    if OUT.exists() and OUT.read_text("utf-8") == document():
        return 0
    print(f"{OUT.name} differs from models/codes.yaml; run python models/generate_codes.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
