"""Image encoders of Hugging Face transformers on single frames, for comparison."""

from collections.abc import Sequence

import mmcv
import numpy as np
import torch

from sefar.datasets.transforms.functional import segment_frames
from sefar.datasets.video import Video
from sefar.optional import need

HUB = 'transformers:'


class FrameEncoder:
    """Features of clips by a frozen image encoder, frame by frame (the rows of Table 5).

    ::

        kind       shape a clip      what
        elements   (K, D)            one pooled vector a frame
        patches    (K · P, D)        every token of every frame

    The frames are the centres of K equal segments, resized and cropped to the encoder's size.

    Args:
        path: Folder or name on the hub of a vision model with its image processor's settings, such
            as ``'openai/clip-vit-large-patch14'``.
        kind: ``'elements'`` or ``'patches'``.
        device: Where to compute.
        frames: K.

    Raises:
        ImportError: transformers is not installed.
        OSError: there is no such model.
        ValueError: an image encoder has no fusion of elements.
    """

    def __init__(self, path: str, kind: str, device: str = 'cpu', frames: int = 8) -> None:
        if kind not in ('elements', 'patches'):
            raise ValueError(f"--kind {kind}: an image encoder has 'elements' and 'patches'")
        transformers = need('transformers')
        config = transformers.AutoConfig.from_pretrained(path)
        # A model of images and texts, such as CLIP, is loaded without its texts.
        loader = (
            transformers.CLIPVisionModel
            if config.model_type in ('clip', 'clip_vision_model')
            else transformers.AutoModel
        )
        self.model = loader.from_pretrained(path).to(device).eval()
        settings, _ = transformers.ImageProcessingMixin.get_image_processor_dict(path)
        self.mean = np.array(settings['image_mean'], np.float32) * 255
        self.std = np.array(settings['image_std'], np.float32) * 255
        self.size = int(self.model.config.image_size)
        self.kind, self.device, self.frames = kind, device, frames

    def _read(self, path: str) -> np.ndarray:
        reader = Video(path)
        indices = segment_frames(len(reader), np.full(self.frames, 0.5))
        images = []
        for image in reader.get_batch(indices.tolist()).asnumpy():
            scale = self.size / min(image.shape[:2])
            height, width = (round(side * scale) for side in image.shape[:2])
            image = mmcv.imresize(image, (width, height), interpolation='bicubic')
            top, left = (height - self.size) // 2, (width - self.size) // 2
            images.append(image[top : top + self.size, left : left + self.size])
        return (np.stack(images).astype(np.float32) - self.mean) / self.std

    @torch.no_grad()
    def files(self, paths: Sequence[str]) -> np.ndarray:
        """Features of video files, float32 (B, tokens, D)."""
        pixels = np.concatenate([self._read(str(path)) for path in paths])
        inputs = torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous().to(self.device)
        output = self.model(pixel_values=inputs)
        tokens = output.last_hidden_state if self.kind == 'patches' else output.pooler_output
        return tokens.reshape(len(paths), -1, tokens.shape[-1]).float().cpu().numpy()
