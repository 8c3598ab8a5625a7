"""An image as charts want it: in parts."""


def image_parts(reference: str) -> tuple[str, str, str]:
    """Name, tag ("" where there is none) and hexadecimal digest of an image by digest."""
    name, _, digest = reference.partition("@sha256:")
    path, _, tag = name.rpartition(":") if ":" in name.rpartition("/")[2] else (name, "", "")
    return path, tag, digest
