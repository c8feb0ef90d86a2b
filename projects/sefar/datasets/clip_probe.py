"""Opens videos; as a program, in a process that can be stopped, for :mod:`.first_look`.

Reads JSON lines ``[file, last]`` and answers each with ``[frames, frames a second, error]``. It
imports nothing of the project: it starts in a tenth of a second, and the process that asks gets no
threads of a decoder, which the workers that are copied from it would wait for.
"""

import json
import sys
from collections.abc import Iterator, Sequence

import decord
import numpy as np

UNEVEN = 0.1
"""Seconds by which a frame may be shown earlier or later than its number says."""


class AV1Reader:
    """A video that decord has no decoder of, by PyAV; it reads like decord's ``VideoReader``.

    A frame is known by its time, and found from the last key frame before it.

    Args:
        file: The video.
        threads: Of the decoder.

    Raises:
        RuntimeError: its frames have no times.
    """

    def __init__(self, file: str, threads: int) -> None:
        import av

        self.file = file
        self.container = av.open(file, metadata_errors='ignore')
        self.video = self.container.streams.video[0]
        self.video.codec_context.thread_count = threads
        packets = [p for p in self.container.demux(self.video) if p.size and not p.is_discard]
        points = [packet.pts for packet in packets]
        if not points or None in points:
            raise RuntimeError(f'{file}: its frames have no times')
        self.points = np.sort(np.array(points, np.int64))
        self.keys = np.array([packet.pts for packet in packets if packet.is_keyframe], np.int64)
        self._frames: Iterator[av.VideoFrame] = iter(())
        self._last: float = -np.inf  # the point decoded last

    def __len__(self) -> int:
        return len(self.points)

    def get_avg_fps(self) -> float:
        """Frames a second."""
        return float(self.video.average_rate or 0)

    def get_frame_timestamp(self, indices: np.ndarray) -> np.ndarray:
        """Seconds at which frames are shown, (n, 1)."""
        return self.points[indices, None] * float(self.video.time_base or 0)

    def get_batch(self, indices: Sequence[int] | np.ndarray) -> decord.nd.NDArray:
        """Decode frames; ``asnumpy`` of the result is uint8 (N, H, W, 3) RGB.

        Raises:
            IndexError: there is no such frame.
            RuntimeError: one is missing, or is to be turned.
        """
        points = self.points[np.asarray(indices, int)].tolist()
        frames = {point: self._frame(point) for point in sorted(set(points))}
        return decord.nd.array(np.stack([frames[point] for point in points]))

    def _frame(self, point: int) -> np.ndarray:
        key = self.keys[self.keys <= point].max(initial=self.points[0])
        if point <= self._last or key > self._last:
            self.container.seek(point, stream=self.video)
            self._frames = self.container.decode(self.video)
        for frame in self._frames:
            if frame.pts is not None:
                self._last = frame.pts
            if frame.pts == point:
                if frame.rotation:
                    raise RuntimeError(f'{self.file}: its metadata turn it; write it again')
                return frame.to_ndarray(format='rgb24')
        raise RuntimeError(f'{self.file}: a frame that it names is not in it; it is damaged')


def open_video(file: str, threads: int) -> 'decord.VideoReader | AV1Reader':
    """A reader of a video.

    Raises:
        decord.DECORDError, RuntimeError: it cannot be read.
    """
    try:
        return decord.VideoReader(file, num_threads=threads)
    except decord.DECORDError:
        if not _is_av1(file):
            raise
    return AV1Reader(file, threads)


def _is_av1(file: str) -> bool:
    import av

    try:
        with av.open(file, metadata_errors='ignore') as container:
            videos = container.streams.video[:1]
            # Without a decoder there is no context.
            codecs = [video.codec_context.codec for video in videos if video.codec_context]
    except (av.FFmpegError, OSError):
        return False
    return [codec.canonical_name for codec in codecs] == ['av1']


def times_of(reader: decord.VideoReader | AV1Reader) -> np.ndarray | None:
    """Seconds from the first frame at which frames are shown, (n, ); ``None`` where unknown.

    There are fewer of them than frames in a trimmed video, which keeps some that are not shown.
    """
    times = reader.get_frame_timestamp(np.arange(len(reader)))[:, 0].astype(float)
    if not (np.diff(times) > 0).all():
        return None
    times = times[times > -1e-4]
    return times - times[0] if len(times) else None


def rate_of(reader: decord.VideoReader | AV1Reader) -> float:
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
            reader = open_video(file, 1)
            reader.get_batch([0, len(reader) - 1] if last else [0])
            answer = [len(reader), rate_of(reader), '']
        except Exception as error:  # whatever a broken file brings
            said = str(error).strip().splitlines() or [type(error).__name__]
            answer = [0, 0.0, said[-1]]
        print(json.dumps(answer), flush=True)


if __name__ == '__main__':
    main()
