"""Which Chromium do the browser tests drive, and can it show Chinese?"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from firewarden.deploy.debian import ensure_packages, packages_root
from firewarden.deploy.errors import DeployError
from firewarden.deploy.state import State, write_atomic

Report = Callable[[str], None]

# For headless runs of pages that are ours. The sandbox needs rights that containers and root do not have; the rest
# keeps the browser from speaking to anybody but the page under test.
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
INSTALLED = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
FONT_FOLDER = "usr/share/fonts"

# Smooth shapes instead of the bitmaps inside the Chinese font, and a Latin font before it.
FONTS_CONF = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
{folders}
  <cachedir>{cache}</cachedir>
  <match target="font">
    <edit name="antialias" mode="assign"><bool>true</bool></edit>
    <edit name="embeddedbitmap" mode="assign"><bool>false</bool></edit>
    <edit name="hintstyle" mode="assign"><const>hintslight</const></edit>
  </match>
  <alias><family>sans-serif</family>
    <prefer><family>DejaVu Sans</family><family>WenQuanYi Zen Hei</family></prefer></alias>
  <alias><family>serif</family>
    <prefer><family>DejaVu Serif</family><family>WenQuanYi Zen Hei</family></prefer></alias>
  <alias><family>monospace</family>
    <prefer><family>DejaVu Sans Mono</family><family>WenQuanYi Zen Hei Mono</family></prefer></alias>
</fontconfig>
"""

LAUNCHER = """\
#!/bin/sh
# Written by Firewarden: starts Chromium with the fonts and libraries that were fetched for it.
{exports}
exec '{program}' "$@"
"""


def ensure_chromium(state: State, report: Report = print) -> Path:
    """Return an executable for Playwright's `executable_path`; fetched from Debian if the machine has none."""
    found = installed_chromium(os.environ)
    if found is not None and (found.parent == state.packages or shows_chinese()):
        return found
    if found is not None:
        root = ensure_packages(state.packages, "font", report)
        return write_launcher(state, found, root, exports={})
    if packages_root(state.packages, "browser") is None:
        report("fetching Chromium for the browser tests (about 250 MB, once)")
    root = ensure_packages(state.packages, "browser", report)
    program = root / "usr/lib/chromium/chromium"
    exports = {"CHROME_WRAPPER": "", "GSETTINGS_BACKEND": "memory", "XKB_CONFIG_ROOT": f"{root}/usr/share/X11/xkb"}
    launcher = write_launcher(state, program, root, exports=exports)
    _verify(launcher)
    return launcher


def installed_chromium(env: Mapping[str, str]) -> Path | None:
    """Return the browser the user names, else one that the machine has."""
    if chosen := env.get("FIREWARDEN_CHROMIUM"):
        path = Path(chosen)
        if not os.access(path, os.X_OK):
            raise DeployError(f"FIREWARDEN_CHROMIUM names {path}, which is not a program.", "Correct it, or unset it.")
        return path
    return next((Path(name) for name in INSTALLED if os.access(name, os.X_OK)), None)


def shows_chinese() -> bool:
    """Say whether the machine has a font for Chinese."""
    tool = shutil.which("fc-list")
    if tool is None:
        return False
    answer = subprocess.run([tool, ":lang=zh"], capture_output=True, text=True, check=False)
    return bool(answer.stdout.strip())


def write_launcher(state: State, program: Path, root: Path, *, exports: Mapping[str, str]) -> Path:
    """Write the font configuration and the script that starts the program with it."""
    cache = state.packages / "font-cache"
    cache.mkdir(exist_ok=True)
    folders = [root / FONT_FOLDER, Path("/usr/share/fonts"), Path("/usr/local/share/fonts")]
    conf = FONTS_CONF.format(folders="\n".join(f"  <dir>{folder}</dir>" for folder in folders), cache=cache)
    write_atomic(state.packages / "fonts.conf", conf)
    variables = {**exports, "FONTCONFIG_FILE": str(state.packages / "fonts.conf")}
    lines = "\n".join(f"export {name}='{value}'" for name, value in variables.items())
    launcher = state.packages / "chromium"
    write_atomic(launcher, LAUNCHER.format(exports=lines, program=program), mode=0o755)
    return launcher


def _verify(launcher: Path) -> None:
    answer = subprocess.run([launcher, "--version"], capture_output=True, text=True, check=False)
    if answer.returncode != 0 or "Chrom" not in answer.stdout:
        raise DeployError(
            f"The fetched Chromium does not start: {answer.stderr.strip()[-500:]}",
            "Install one (apt-get install chromium) or name one with FIREWARDEN_CHROMIUM=/path.",
        )
