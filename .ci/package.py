#!/usr/bin/env python3
"""Parts of a release, for `.ci/package`:

  package.py zip FUNCTION ARCHIVE      the function as Lambda takes it: one executable file named bootstrap
  package.py template ARCHITECTURE     template.yaml for a function that was built, on standard output
"""

import pathlib
import sys
import zipfile


def pack(function, archive):
    # The earliest time that a zip can hold, so that the same function gives the same archive.
    entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, so that the next line counts
    entry.external_attr = 0o100755 << 16
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr(entry, pathlib.Path(function).read_bytes(), compresslevel=9)


def exchange(text, before, after):
    if text.count(before) != 1:
        sys.exit(f"template.yaml has {text.count(before)} times, where once is expected:\n{before}")
    return text.replace(before, after)


def template(architecture):
    text = (pathlib.Path(__file__).resolve().parent.parent / "template.yaml").read_text()
    start = text.index("      BuildMethod: rust-cargolambda\n")
    text = text[:start] + text[text.index("      checkov:\n", start) :]
    text = exchange(text, "      CodeUri: .\n", "      CodeUri: bootstrap.zip\n")
    return exchange(
        text,
        "    Default: arm64\n    AllowedValues: [arm64, x86_64]\n",
        f"    Default: {architecture}\n    AllowedValues: [{architecture}]\n",
    )


match sys.argv[1:]:
    case ["zip", function, archive]:
        pack(function, archive)
    case ["template", architecture]:
        print(template(architecture), end="")
    case _:
        sys.exit(__doc__)
