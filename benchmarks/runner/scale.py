"""How much of everything: the real measurement, or a try that ends in a few minutes."""
import dataclasses

from .content import GIB, KIB, MIB


@dataclasses.dataclass(frozen=True)
class Scale:
    runs: int = None                  # instead of each scenario's own number
    size_bytes: int = 512 * MIB
    piece_sizes: tuple = (256 * KIB, MIB, 4 * MIB)
    seeks: int = 20
    viewers: tuple = (1, 10, 50, 200, 1000)
    viewers_file_bytes: int = GIB     # so large that it is still coming while they watch
    viewers_arrive_s: float = 5
    viewers_play_s: float = 20
    player_s: float = 60
    large_bytes: int = 20 * GIB
    large_piece_bytes: int = 8 * MIB
    episodes: int = 100
    episode_bytes: int = 5 * MIB + 12345  # pieces lie across two files
    torrents: tuple = (1, 10, 100, 500)
    piece_counts: tuple = (100, 1000, 10_000, 100_000)
    idle_s: float = 30


FULL = Scale()
SMALL = Scale(runs=1, size_bytes=16 * MIB, piece_sizes=(256 * KIB, MIB), seeks=3, viewers=(1, 5),
              viewers_file_bytes=16 * MIB, viewers_arrive_s=1, viewers_play_s=3, player_s=12,
              large_bytes=GIB, episodes=10, torrents=(1, 10), piece_counts=(100, 1000), idle_s=3)


def size_text(size_bytes):
    return f"{size_bytes // MIB} MiB" if size_bytes >= MIB else f"{size_bytes // KIB} KiB"
