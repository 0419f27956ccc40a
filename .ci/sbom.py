"""Leaves in a CycloneDX file what is compiled: sbom.py CRATES <all.json >some.json

CRATES has a line `NAME vVERSION` for each crate that is. `cargo cyclonedx` goes by the lock file, which also has crates
that only a feature which is off would use. Fails where a crate is missing.
"""

import json
import os
import sys

with open(sys.argv[1], encoding="utf-8") as lines:
    compiled = set(lines.read().splitlines())
# Where the clone is does not matter.
document = json.loads(sys.stdin.read().replace(f"path+file://{os.getcwd()}", "path+file:///sinch-gate"))
by_crate = {f"{crate['name']} v{crate['version']}": crate for crate in document["components"]}
if missing := compiled - by_crate.keys():
    sys.exit(f"not described: {sorted(missing)}")
document["components"] = [crate for name, crate in by_crate.items() if name in compiled]
known = {crate["bom-ref"] for crate in document["components"]} | {document["metadata"]["component"]["bom-ref"]}
document["dependencies"] = [
    {**entry, "dependsOn": [ref for ref in entry.get("dependsOn", []) if ref in known]}
    for entry in document["dependencies"]
    if entry["ref"] in known
]
json.dump(document, sys.stdout, indent=1)
