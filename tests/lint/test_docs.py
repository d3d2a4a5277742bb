"""What the documents say is so."""

import re
import subprocess

import tree

FENCE = re.compile(r"^```c\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
VERSION = re.compile(r'TSTREAM_VERSION_STRING "([^"]+)"')


def documents():
    return tree.files("*.md", "docs/**/*.md", "benchmarks/*.md", "examples/**/*.md")


def setup_packages():
    listed = re.findall(r"^\w+_packages=\((.*?)\)", tree.text("script/setup"), re.M | re.S)
    return set(" ".join(listed).split())


def test_the_example_in_the_readme_is_the_one_that_is_compiled():
    assert FENCE.findall(tree.text("README.md")) == [tree.text("examples/readme.c")]


def test_the_example_in_the_readme_fits_a_screen():
    assert tree.text("examples/readme.c").count("\n") <= 25


def test_links_between_files_lead_somewhere():
    broken = [f"{path}: {target}" for path in documents()
              for target in LINK.findall(tree.text(path))
              if not (tree.ROOT / path.parent / target).exists()]
    assert not broken, "\n".join(broken)


def test_every_package_that_setup_installs_is_accounted_for():
    named = set(re.findall(r"`([a-z0-9][a-z0-9+.-]+)`", tree.text("docs/dependencies.md")))
    assert setup_packages() - named == set()


def test_the_changelog_begins_with_this_version_and_states_its_abi_effect():
    version = VERSION.search(tree.text("include/tstream/version.h"))[1]
    sections = re.split(r"^## ", tree.text("CHANGELOG.md"), flags=re.M)[1:]
    newest = next(section for section in sections if not section.startswith("[Unreleased]"))
    assert newest.startswith(f"[{version}]")
    assert "ABI" in newest


def test_shell_scripts_are_valid():
    for path in tree.files("script/*", ".ci/run", "cmake/run-fuzzer"):
        shebang = tree.text(path).split("\n")[0]
        if shebang.endswith(("/bash", "/sh")):
            subprocess.run([shebang[2:], "-n", str(tree.ROOT / path)], check=True)


def test_scripts_can_be_run():
    for path in tree.files("script/*", ".ci/run", "cmake/run-fuzzer", "examples/demo/run"):
        assert (tree.ROOT / path).stat().st_mode & 0o111, path
