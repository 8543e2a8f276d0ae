"""Which release this is."""

from importlib import metadata


def version() -> str:
    try:
        return metadata.version("genjin")
    except metadata.PackageNotFoundError:
        return "unknown"  # run from a folder that was never installed
