"""Download the film of a torrent, with a progress bar.

    pip install tqdm
    python download.py MAGNET [DIRECTORY]
"""

import argparse
import pathlib

import tqdm  # type: ignore[import-untyped]
import tstream


def download(magnet: str, directory: pathlib.Path, **options: object) -> pathlib.Path:
    """Fetch the largest playable file; gives its path."""
    with tstream.Session(directory / ".tstream", **options) as session:  # type: ignore[arg-type]
        torrent = session.open(magnet).metadata()
        film = torrent.default_file
        target = directory / film.name
        with torrent.reader(film) as reader, open(target, "wb") as out, tqdm.tqdm(
                total=film.size, unit="B", unit_scale=True, desc=film.name) as bar:
            while part := reader.read(1024 * 1024):
                out.write(part)
                bar.update(len(part))
                stats = torrent.stats()
                bar.set_postfix(peers=stats.peer_count, refresh=False)
        return target


def main() -> None:
    parser = argparse.ArgumentParser(description="Download the film of a torrent.")
    parser.add_argument("magnet", help="a magnet URI, or an infohash")
    parser.add_argument("directory", nargs="?", type=pathlib.Path, default=pathlib.Path("."))
    parser.add_argument("--listen", help='where peers may connect, as "127.0.0.1:0"')
    arguments = parser.parse_args()
    print(download(arguments.magnet, arguments.directory, listen=arguments.listen))


if __name__ == "__main__":
    main()
