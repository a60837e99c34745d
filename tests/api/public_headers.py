# SPDX-License-Identifier: BSD-3-Clause
"""Which headers of a tree programs include."""
import pathlib


def public_headers(include_dir):
    """Their names, like spdk/thread.h, in order.

    A long header may have parts: the files in the folder of its name, which it includes. Programs
    and lists know the header only.
    """
    include_dir = pathlib.Path(include_dir)
    return sorted(path.relative_to(include_dir).as_posix() for path in include_dir.rglob("*.h")
                  if not path.parent.with_suffix(".h").is_file())
