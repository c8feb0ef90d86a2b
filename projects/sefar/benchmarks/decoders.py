"""Reading of chosen frames by each of the decoders that are installed, one core each."""

from collections.abc import Callable, Sequence

import av
import cv2
import numpy as np
from decord import VideoReader

Reader = Callable[[str, Callable[[int], Sequence[int]]], np.ndarray]


def read_decord(path: str, choose: Callable[[int], Sequence[int]]) -> np.ndarray:
    """By decord, as MMAction2's ``DecordInit`` and ``DecordDecode`` read."""
    reader = VideoReader(path, num_threads=1)
    return reader.get_batch(list(choose(len(reader)))).asnumpy()


def read_pyav(path: str, choose: Callable[[int], Sequence[int]]) -> np.ndarray:
    """By PyAV: every frame up to the last one is decoded, the chosen ones become RGB."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = 'NONE'
        indices = choose(stream.frames)
        wanted, frames = set(indices), []
        for index, frame in enumerate(container.decode(stream)):
            if index in wanted:
                frames.append(frame.to_ndarray(format='rgb24'))
            if index == max(wanted):
                break
    return np.stack(frames)


def read_torchcodec(path: str, choose: Callable[[int], Sequence[int]]) -> np.ndarray:
    """By torchcodec; it needs the FFmpeg libraries of the system."""
    from torchcodec.decoders import VideoDecoder

    decoder = VideoDecoder(path, num_ffmpeg_threads=1, dimension_order='NHWC')
    return decoder.get_frames_at(list(choose(len(decoder)))).data.numpy()


def seek_by_opencv(path: str, choose: Callable[[int], Sequence[int]]) -> np.ndarray:
    """By OpenCV, one seek a frame, as the released code reads."""
    capture = cv2.VideoCapture(path)
    frames: list[np.ndarray] = []
    for index in choose(int(capture.get(cv2.CAP_PROP_FRAME_COUNT))):
        capture.set(cv2.CAP_PROP_POS_FRAMES, index)
        read, frame = capture.read()
        if not read and not frames:
            raise RuntimeError(f'{path}: OpenCV cannot read frame {index}')
        # The count of a container may exceed its frames by one or two.
        frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB) if read else frames[-1])
    capture.release()
    return np.stack(frames)


def installed() -> dict[str, Reader]:
    """The readers whose library is there and loads, by name."""
    readers: dict[str, Reader] = {
        'decord': read_decord,
        'opencv, by seeking': seek_by_opencv,
        'pyav': read_pyav,
    }
    try:
        import torchcodec  # noqa: F401
    except (ImportError, OSError, RuntimeError):  # absent, or its FFmpeg is
        return readers
    return readers | {'torchcodec': read_torchcodec}
