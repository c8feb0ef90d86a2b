"""Opens videos in a process of its own, which can be stopped; run by :mod:`.first_look`.

Reads JSON lines ``[file, last]`` and answers each with ``[frames, frames a second, error]``. It
imports nothing of the project: it starts in a tenth of a second, and the process that asks gets no
threads of a decoder, which the workers that are copied from it would wait for.
"""

import json
import sys

import decord
import numpy as np

UNEVEN = 0.1
"""Seconds by which a frame may be shown earlier or later than its number says."""


def times_of(reader: decord.VideoReader) -> np.ndarray | None:
    """Seconds from the first frame at which frames are shown, (n, ); ``None`` where unknown.

    There are fewer of them than frames in a trimmed video, which keeps some that are not shown.
    """
    times = reader.get_frame_timestamp(np.arange(len(reader)))[:, 0].astype(float)
    if not (np.diff(times) > 0).all():
        return None
    times = times[times > -1e-4]
    return times - times[0] if len(times) else None


def rate_of(reader: decord.VideoReader) -> float:
    """Frames a second; 0 where frames come unevenly, so that no number of one says its second."""
    fps, times = float(reader.get_avg_fps()), times_of(reader)
    return fps if times is None or not fps > 0 or are_even(times, fps) else 0.0


def are_even(times: np.ndarray, fps: float) -> bool:
    """Whether frames at ``times`` (from 0 on, in seconds) come as those of an even rate do."""
    return bool(np.abs(times - np.arange(len(times)) / fps).max() <= UNEVEN)


def main() -> None:
    """Answer until nobody asks."""
    decord.logging.set_level(decord.logging.QUIET)  # the answer says what is wrong
    for line in sys.stdin:
        file, last = json.loads(line)
        try:
            reader = decord.VideoReader(file, num_threads=1)
            reader.get_batch([0, len(reader) - 1] if last else [0])
            answer = [len(reader), rate_of(reader), '']
        except Exception as error:  # whatever a broken file brings
            said = str(error).strip().splitlines() or [type(error).__name__]
            answer = [0, 0.0, said[-1]]
        print(json.dumps(answer), flush=True)


if __name__ == '__main__':
    main()
